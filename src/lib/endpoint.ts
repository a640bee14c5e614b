import { TidemarkError } from '../model/errors.ts'

export type PathValue = string | number | bigint
export type Query = Readonly<Record<string, PathValue | boolean | readonly PathValue[] | undefined>>

/**
 * Fills `{name}` places of a path with percent-encoded values, so that no value can leave its segment: empty values, `.` and `..` are refused
 * (`HTTP_BAD_PATH`), as is a place without a value and a path that is not plain ASCII from its first slash on.
 */
export function fillPath(template: string, values: Readonly<Record<string, PathValue>> = {}): string {
  const path = template.includes('{')
    ? template.replace(/\{([^{}]*)\}/g, (_place, name: string) => segmentOf(template, values[name]))
    : template
  if (!/^\/[\x21-\x7e]*$/.test(path) || /[\\#]|\/\/|\/\.\.?(?:[/?]|$)/.test(path)) throw badPath(template)
  return path
}

function segmentOf(template: string, value: PathValue | undefined): string {
  const text = value === undefined ? '' : String(value)
  if (text === '' || text === '.' || text === '..' || !text.isWellFormed()) throw badPath(template)
  return encodeURIComponent(text)
}

function badPath(template: string): TidemarkError {
  return new TidemarkError('HTTP_BAD_PATH', `${endpointOf(template)}: a path cannot be made of these values.`, {
    cure: 'This is a fault of the tool: please report it with the command that was run.',
  })
}

/** The query as text, with its `?`; lists repeat their name, undefined is left out. Empty where nothing is asked. */
export function queryText(query: Query | undefined): string {
  if (query === undefined) return ''
  let text = ''
  for (const name of Object.keys(query)) {
    const value = query[name]
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) {
      text += `${text === '' ? '?' : '&'}${encodeURIComponent(name)}=${encodeURIComponent(String(one).toWellFormed())}`
    }
  }
  return text
}

// What stands in Atlassian's paths for one object: a place of a template, numbers, UUIDs, `customfield_10010`, account ids, ARIs, project keys,
// encoded names.
const identifier = /[0-9{%:]|^[A-Z][A-Z_]*$|^.{41}/
const version = /^v[0-9]$/

/** The endpoint that a path belongs to: no query, and `{}` for every segment that looks like an object's id. Safe to log. */
export function endpointOf(path: string): string {
  const end = path.indexOf('?')
  return (end < 0 ? path : path.slice(0, end))
    .split('/')
    .map((segment, index, all) => {
      const isVersion = version.test(segment) || all[index - 2] === 'rest'
      return identifier.test(segment) && !isVersion ? '{}' : segment
    })
    .join('/')
}
