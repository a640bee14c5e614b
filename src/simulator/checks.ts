/** What a body may hold: properties, their types, Jira's limits. */
import { refuse } from './answers.ts'
import type { AnyFamily, Property } from './kit.ts'

const badPayload = 'Invalid request payload. Refer to the REST API documentation and try again.'

/** The properties of a body that the family accepts, defaults filled in on create. Throws one refusal that names everything wrong. */
export function accepted(family: AnyFamily, body: Record<string, unknown>, verb: 'create' | 'update'): Record<string, unknown> {
  const { properties } = family
  if (properties === undefined) return body
  const errors: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(body)) {
    const property = properties[name]
    if (property === undefined || (property.only !== undefined && property.only !== verb)) throw refuse(400, badPayload)
  }
  for (const [name, property] of Object.entries(properties)) {
    if (property.only !== undefined && property.only !== verb) continue
    const value = body[name]
    if (value === undefined || value === null) {
      if (verb === 'create' && property.required === true) errors[name] = `The ${name} is required.`
      else if (verb === 'create' && property.default !== undefined) values[name] = property.default
      continue
    }
    if (!fits(value, property)) throw refuse(400, badPayload)
    const problem = limitPassed(name, value, property)
    if (problem !== undefined) errors[name] = problem
    values[name] = value
  }
  if (Object.keys(errors).length > 0) throw refuse(400, errors)
  return values
}

function fits(value: unknown, { type }: Property): boolean {
  if (type === 'list') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value)
  return typeof value === type
}

function limitPassed(name: string, value: unknown, property: Property): string | undefined {
  if (typeof value === 'string' && property.required === true && value.trim() === '') return `The ${name} must not be empty.`
  if ((typeof value === 'string' || Array.isArray(value)) && property.max !== undefined && value.length > property.max) {
    return `The ${name} must not exceed ${property.max} ${typeof value === 'string' ? 'characters' : 'members'}.`
  }
  if (property.values !== undefined && !property.values.includes(value)) return `The ${name} is not valid.`
  return undefined
}
