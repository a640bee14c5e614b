import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/model/json.ts'
import { parseIdentities } from '../../src/vault/age.ts'
import { openDataKey } from '../../src/vault/data-key.ts'
import { openDocument } from '../../src/vault/open-document.ts'
import { sealDocument } from '../../src/vault/seal-document.ts'
import { readSops } from '../../src/vault/sops-file.ts'
import { jsonOf, type TreeMap } from '../../src/vault/tree.ts'

// Documents that other programs wrote, from sops 3.7.1 to 3.12.1, each with its key. They lie outside the repository.
const folder = new URL('../../../shared/samples/sops/', import.meta.url)
const present = existsSync(folder)
if (!present) console.log('skipped: test/vault/samples.test.ts, since ../shared/samples/sops is not here')

const files = present ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : []
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

describe.skipIf(!present)('documents of other programs', () => {
  it('are there', () => expect(files.length).toBeGreaterThanOrEqual(8))

  it.each(files)('are opened, their MAC verified, and sealed again to the very same text: %s', async (name) => {
    const { file, dataKey, document } = await opened(name)

    const value = jsonOf(document) as Json
    const expected = parsed(`${name}.expected`)
    // The published plaintext has a key more than its YAML edition.
    if (expected !== undefined) expect(expected).toMatchObject(value as object)
    const byGo = parsed(`${name}.go-decrypted.json`)
    if (byGo !== undefined) expect(stringified(value)).toEqual(stringified(byGo))
    if (byGo === undefined && expected === undefined) expect(value).toMatchObject({ stringData: { key: 'value' } })
    expect(sealDocument(document, dataKey, file.metadata.selection, new Date(), file)).toBe(file.text)
  })

  it.each(files)('keep their lines but those that mean something else when a value is added: %s', async (name) => {
    const { file, dataKey, document } = await opened(name)
    const larger = { keys: [...document.keys, 'added'], values: [...document.values, 'new'] }

    const text = sealDocument(larger, dataKey, file.metadata.selection, new Date(), file)

    const before = new Set(file.text.split('\n').map((line) => line.trim()))
    const changed = text.split('\n').filter((line) => !before.has(line.trim()))
    expect(changed.map((line) => line.trim().split(':')[0])).toEqual(['added', 'lastmodified', 'mac'])
    expect(jsonOf(openDocument(readSops(text), dataKey.key)[0] as TreeMap)).toEqual(jsonOf(larger))
  })
})

async function opened(name: string) {
  // The word SECRET in the keys of the samples was replaced by TEST.
  const keys = readdirSync(folder).filter((entry) => entry.endsWith('.key'))
  const identities = await Promise.all(keys.map((key) => parseIdentities(read(key).replaceAll('AGE-TEST-KEY', 'AGE-SECRET-KEY'))))
  const file = readSops(read(name))
  const dataKey = await openDataKey(file.metadata.stanzas, identities.flat())
  return { file, dataKey, document: openDocument(file, dataKey.key)[0] as TreeMap }
}

function parsed(name: string): Json | undefined {
  return existsSync(new URL(name, folder)) ? JSON.parse(read(name)) : undefined
}

/** The reader that made the answers wrote every value as text. */
function stringified(value: Json): Json {
  if (Array.isArray(value)) return value.map(stringified)
  if (value === null || typeof value !== 'object') return String(value)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stringified(inner)]))
}
