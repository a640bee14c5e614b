import { TidemarkError } from '../model/errors.ts'
import { ageRecipient } from './age.ts'
import { readDocument } from './read-yaml.ts'
import { isList, isMap, mapOf, type Tree, type TreeMap, valueAt } from './tree.ts'
import { writeMap } from './write-yaml.ts'

/** Someone who may open the backups of a site. */
export interface Recipient {
  /** For people: `Ops team laptop`, `GitHub Actions`. Unique in its file. */
  readonly name: string
  readonly kind: 'person' | 'ci' | 'recovery'
  /** The public key, `age1…`. */
  readonly age: string
}

const kinds = ['person', 'ci', 'recovery'] as const
const fields = ['name', 'kind', 'age']
const longestName = 100

/**
 * Reads `keys/<site>.yaml`, which people write and review:
 *
 *     recipients:
 *         - name: Ops team
 *           kind: person        # person, ci or recovery
 *           age: age1…
 *
 * Throws `VAULT_RECIPIENTS` with `path`, line and key, as in `keys/production.yaml:4:kind`.
 */
export function parseRecipients(text: string, path: string): readonly Recipient[] {
  const document = rootOf(text, path)
  refuseOthers(document, ['recipients'], path)
  const list = valueAt(document, 'recipients')
  const line = document.lines?.[0] ?? 1
  if (!isList(list) || list.length === 0) throw wrong(path, line, 'recipients', 'must be a list of at least one recipient')
  const seen = new Set<string>()
  return list.map((entry) => {
    const recipient = recipientOf(entry, path, line)
    for (const [key, value] of [
      ['name', recipient.name],
      ['age', recipient.age],
    ] as const) {
      if (seen.has(value)) throw wrong(path, lineOf(entry as TreeMap, key), key, 'is already the one of another recipient')
      seen.add(value)
    }
    return recipient
  })
}

/** Writes `keys/<site>.yaml`. */
export function writeRecipients(recipients: readonly Recipient[]): string {
  const list = recipients.map(({ name, kind, age }) =>
    mapOf([
      ['name', name],
      ['kind', kind],
      ['age', age],
    ]),
  )
  const head = '# Who can open the backups of this site: public keys only. Once reviewed and merged, the next backup follows it.\n'
  return head + writeMap(mapOf([['recipients', list]]))
}

function rootOf(text: string, path: string): TreeMap {
  try {
    return readDocument(text)
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error
    const line = error.data['line'] ?? 1
    throw new TidemarkError('VAULT_RECIPIENTS', `${path}:${String(line)}: ${error.message}`, { data: { path, line } })
  }
}

function recipientOf(entry: Tree, path: string, line: number): Recipient {
  if (!isMap(entry)) throw wrong(path, line, 'recipients', 'has an item that is not made of name, kind and age')
  refuseOthers(entry, fields, path)
  const name = textAt(entry, 'name', path)
  const kind = textAt(entry, 'kind', path)
  const age = textAt(entry, 'age', path)
  if (name.length > longestName || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw wrong(path, lineOf(entry, 'name'), 'name', `must be one line of at most ${longestName} characters`)
  }
  if (!isKind(kind)) throw wrong(path, lineOf(entry, 'kind'), 'kind', `must be one of ${kinds.join(', ')}`)
  if (age.startsWith('AGE-')) {
    throw wrong(path, lineOf(entry, 'age'), 'age', 'is a private key; it must be replaced everywhere, for it is known now')
  }
  try {
    ageRecipient(age)
  } catch {
    throw wrong(path, lineOf(entry, 'age'), 'age', 'is no age recipient')
  }
  return { name, kind, age }
}

function isKind(text: string): text is Recipient['kind'] {
  return (kinds as readonly string[]).includes(text)
}

function textAt(entry: TreeMap, key: string, path: string): string {
  const value = valueAt(entry, key)
  if (typeof value !== 'string' || value === '') throw wrong(path, lineOf(entry, key), key, 'must be a text')
  return value
}

function refuseOthers(map: TreeMap, known: readonly string[], path: string): void {
  for (const [index, key] of map.keys.entries()) {
    if (!known.includes(key)) throw wrong(path, map.lines?.[index] ?? 1, key, `is unknown; known are ${known.join(', ')}`)
  }
}

/** The line of a key; where the map lacks it, the line the map starts on. */
function lineOf(map: TreeMap, key: string): number {
  const index = map.keys.indexOf(key)
  return map.lines?.[Math.max(index, 0)] ?? 1
}

function wrong(path: string, line: number, key: string, what: string): TidemarkError {
  const shown = /^[\w-]{1,40}$/.test(key) ? key : JSON.stringify(key.slice(0, 40))
  return new TidemarkError('VAULT_RECIPIENTS', `${path}:${line}:${shown} ${what}.`, { data: { path, line, key } })
}
