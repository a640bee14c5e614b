import { readFile, stat } from 'node:fs/promises'
import { TidemarkError } from '../model/errors.ts'
import { isObject, type Json } from '../model/json.ts'
import type { Environment } from './environment.ts'

/**
 * The event that started the job, as GitHub delivered it. Whoever caused it wrote much of it: numbers and names lead to what is then asked of the
 * forge, and nothing else of it is believed.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export interface Event {
  /** `push`, `pull_request`, `schedule`, … */
  readonly name: string
  /** The text at a place; undefined where there is none. */
  text(...place: readonly string[]): string | undefined
  number(...place: readonly string[]): number | undefined
  flag(...place: readonly string[]): boolean | undefined
  has(...place: readonly string[]): boolean
}

const mostBytes = 32 * 1024 * 1024

/** Reads `GITHUB_EVENT_PATH`. Without one it is an event in which nothing stands. Throws `USAGE_EVENT`. */
export async function eventIn({ GITHUB_EVENT_NAME: name = '', GITHUB_EVENT_PATH: path }: Environment): Promise<Event> {
  const payload = path ? await payloadAt(path) : {}
  const at = (place: readonly string[]): Json | undefined =>
    place.reduce<Json | undefined>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), payload)
  return {
    name,
    text: (...place) => {
      const value = at(place)
      return typeof value === 'string' && value !== '' ? value : undefined
    },
    number: (...place) => {
      const value = at(place)
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
    },
    flag: (...place) => {
      const value = at(place)
      return typeof value === 'boolean' ? value : undefined
    },
    has: (...place) => isObject(at(place)),
  }
}

async function payloadAt(path: string): Promise<Json> {
  try {
    if ((await stat(path)).size > mostBytes) throw new Error('too large')
    return JSON.parse(await readFile(path, 'utf8')) as Json
  } catch {
    throw new TidemarkError('USAGE_EVENT', 'The event that started this job cannot be read.', {
      cure: 'Run the job again; GITHUB_EVENT_PATH must lead to the event as JSON.',
    })
  }
}
