import { describe, expect, it } from 'vitest'
import { missingFrom } from './example.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { describeDeviation, loadJudge } from './openapi.ts'

const judge = loadJudge()

describe('schemas of OpenAPI 3.0', () => {
  it('become JSON Schema: null is a type, references are absolute, a property may be called example', () => {
    const schema = {
      type: 'object',
      properties: { example: { type: 'string', nullable: true, enum: ['a'] }, other: { $ref: '#/x' } },
      example: {},
    }

    expect(jsonSchemaOf(schema, 'base')).toEqual({
      type: 'object',
      properties: { example: { type: ['string', 'null'], enum: ['a', null] }, other: { $ref: 'base#/x' } },
    })
  })

  it('choose a branch by its discriminator and open the closed parent', () => {
    const schema = {
      additionalProperties: false,
      oneOf: [{ $ref: '#/a' }],
      discriminator: { propertyName: 'kind', mapping: { one: '#/a' } },
    }

    expect(jsonSchemaOf(schema, '')).toEqual({
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
      allOf: [{ if: { properties: { kind: { const: 'one' } }, required: ['kind'] }, then: { $ref: '#/a' } }],
      properties: { kind: { enum: ['one'] } },
      required: ['kind'],
    })
  })
})

describe('official examples', () => {
  it('must be matched by at least one element of a list, property by property', () => {
    const example = { values: [{ id: '1', lead: { name: 'x' } }], map: { anything: 1 } }
    const answer = { values: [{ id: '1' }, { id: '2', lead: {} }], map: {} }

    expect(missingFrom(answer, example, (place) => place[0] === 'map')).toEqual([['values', '*', 'lead', 'name']])
  })
})

describe.skipIf(judge === undefined)('the judge', () => {
  const say = (deviations: readonly Parameters<typeof describeDeviation>[0][] | undefined) => (deviations ?? []).map(describeDeviation)

  it('accepts a right answer and names what is extra, null, of a wrong type or missing by schema and property', () => {
    const category = { id: '1', name: 'A', description: '', self: 'https://acme.test/rest/api/3/projectCategory/1' }
    const at = { method: 'GET', path: '/rest/api/3/projectCategory', status: 200 }

    expect(say(judge?.answer({ ...at, body: [category] }))).toEqual([])
    expect(say(judge?.answer({ ...at, body: [{ ...category, colour: 'red' }] }))[0]).toContain('extra ProjectCategory.colour')
    expect(say(judge?.answer({ ...at, body: [{ ...category, name: null }] }))[0]).toContain('null ProjectCategory.name')
    expect(say(judge?.answer({ ...at, body: [{ ...category, name: 7 }] }))[0]).toContain('schema ProjectCategory.name')
    expect(say(judge?.answer({ ...at, body: [{ id: '1', name: 'A', self: category.self }] }))[0]).toContain(
      'missing ProjectCategory.description',
    )
  })

  it('names unknown and forgotten query parameters, unknown operations and statuses', () => {
    expect(say(judge?.request({ method: 'GET', path: '/rest/api/3/project/search?page=2' }))[0]).toContain('query .page')
    expect(say(judge?.request({ method: 'GET', path: '/rest/api/3/workflowscheme/project' }))[0]).toContain('query .projectId')
    expect(say(judge?.request({ method: 'GET', path: '/rest/api/3/nothing' }))[0]).toContain('operation')
    expect(say(judge?.answer({ method: 'GET', path: '/rest/api/3/role', status: 202 }))[0]).toContain('status')
  })

  it('looks at request bodies: what is required, what is closed', () => {
    const at = { method: 'POST', path: '/rest/api/3/project' }

    expect(say(judge?.request({ ...at, body: { key: 'A', name: 'B' } }))).toEqual([])
    expect(say(judge?.request({ ...at, body: { key: 'A' } }))[0]).toContain("must have required property 'name'")
    expect(say(judge?.request({ ...at, body: { key: 'A', name: 'B', scheme: 1 } }))[0]).toContain('extra CreateProjectDetails.scheme')
    expect(say(judge?.request(at))[0]).toContain('lacks its body')
  })

  it('takes a literal path before a parameter, and knows the agile, service and automation documents as well', () => {
    expect(judge?.knows('GET', '/rest/api/3/workflowscheme/project')).toBe(true)
    expect(judge?.knows('GET', '/rest/agile/1.0/board/7/configuration')).toBe(true)
    expect(judge?.knows('GET', '/gateway/api/automation/public/jira/11/rest/v1/rule/summary')).toBe(true)
    expect(judge?.knows('GET', '/rest/servicedeskapi/servicedesk')).toBe(true)
  })
})

it('says so, and judges nothing, where the documents are absent', () => {
  expect(loadJudge(new URL('./no-such-folder/', import.meta.url))).toBeUndefined()
})
