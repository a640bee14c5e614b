import fc from 'fast-check'
import { type Draft, equalJson, type Json, type JsonObject, setKey } from '../../src/model/json.ts'
import { ageIdentity, ageRecipient, newIdentityText } from '../../src/vault/age.ts'
import { newDataKey } from '../../src/vault/data-key.ts'
import { addEpoch, newRing, openRing } from '../../src/vault/ring.ts'
import { type DataKey, sealDocument } from '../../src/vault/seal-document.ts'
import { everything, keysOnly, type Selection } from '../../src/vault/selection.ts'
import { type TreeMap, treeOf } from '../../src/vault/tree.ts'
import { documents } from '../vault/arbitrary.ts'
import { fixedClock } from '../vault/clock.ts'
import type { Reader } from './go-sops.ts'

export interface Proof {
  readonly passed: number
  readonly failures: readonly string[]
}

const runs = 150

// Defects of how the reader prints, none of how it reads (it has accepted the MAC by then): a key `<<` comes out without quotes and is then
// taken for a merge, and a line break at the start of a text is lost. A top-level key `sops` is its own.
const readable = documents({
  key: (key) => key !== '<<' && key !== 'sops' && !key.startsWith('\n'),
  text: (text) => !text.startsWith('\n') && !text.startsWith('ENC[AES256_GCM,'),
})

/** Has an independent reader read 300 random documents and a ring of ours, and refuse tampered ones. */
export async function prove(start: (ageKeys: readonly string[]) => Promise<Reader>, seed: number): Promise<Proof> {
  const identity = await ageIdentity(await newIdentityText())
  const dataKey = await newDataKey([ageRecipient(identity.recipient)])
  const reader = await start([identity.text])
  const failures: string[] = []
  let passed = 0
  const check = (good: boolean, what: string): void => {
    if (good) passed++
    else failures.push(what)
  }
  try {
    for (const document of fc.sample(readable, { numRuns: runs, seed })) {
      await accepts(reader, document, dataKey, everything, check)
    }
    for (const document of fc.sample(readable, { numRuns: runs, seed: seed + 1 })) {
      const some = Object.keys(document).filter((_key, index) => index % 2 === 0)
      await accepts(reader, document, dataKey, keysOnly([...some, 'secret', 'a.b']), check)
    }
    await leavesNothingReadable(reader, dataKey, check)
    const clock = fixedClock('2026-11-22T20:00:00Z')
    const ring = await addEpoch(await newRing([identity.recipient], clock), [identity], clock)
    const answer = await reader.read(ring)
    const epochs = (await openRing(ring, [identity])).keys.map(({ created, recipient, text }) => ({ created, recipient, identity: text }))
    check('value' in answer && equalJson(answer.value, { epochs }), 'the ring of a site was not read')
    for (const [what, text] of tampered(dataKey)) {
      const verdict = await reader.read(text)
      const reason = 'refused' in verdict ? verdict.refused : 'accepted'
      check(/verify data integrity|message authentication failed|no MAC/i.test(reason), `${what}: ${reason.slice(0, 300)}`)
    }
  } finally {
    await reader.stop()
  }
  return { passed, failures }
}

type Check = (good: boolean, what: string) => void

async function accepts(reader: Reader, document: JsonObject, dataKey: DataKey, selection: Selection, check: Check): Promise<void> {
  const answer = await reader.read(sealDocument(treeOf(document) as TreeMap, dataKey, selection, new Date()))
  const shown = fc.stringify(document).slice(0, 500)
  if ('refused' in answer) check(false, `refused: ${shown}\n  because ${answer.refused.slice(0, 300)}`)
  else
    check(
      equalJson(rounded(answer.value), rounded(document)),
      `read as something else: ${shown}\n  as ${fc.stringify(answer.value).slice(0, 500)}`,
    )
}

/** The reader prints a float without an exponent, so that a large one comes back as a whole number: every number as the double it is. */
function rounded(value: Json): Json {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(rounded)
  if (value === null || typeof value !== 'object') return value
  const copy: { [key: string]: Draft } = {}
  for (const [key, inner] of Object.entries(value)) setKey(copy, key, rounded(inner) as Draft)
  return copy
}

async function leavesNothingReadable(reader: Reader, dataKey: DataKey, check: Check): Promise<void> {
  const document = { '': 'canary', _unencrypted: 'canary', secret_unencrypted: { deep: ['canary'] }, 'line\nbreak': 'canary' }
  const text = sealDocument(treeOf(document) as TreeMap, dataKey, everything, new Date())
  const answer = await reader.read(text)
  check(!text.includes('canary') && 'value' in answer && equalJson(answer.value, document), 'a key that ends in _unencrypted')
}

function tampered(dataKey: DataKey): readonly (readonly [string, string])[] {
  const seal = (document: JsonObject): string =>
    sealDocument(treeOf(document) as TreeMap, dataKey, everything, new Date('2026-11-22T20:00:00Z'))
  const text = seal({ a: ['one', 'two'], b: 'three', c: 'four' })
  const lines = text.split('\n')
  const edit = (change: (lines: string[]) => void): string => {
    const copy = [...lines]
    change(copy)
    return copy.join('\n')
  }
  const [first, second] = [lines[1] as string, lines[2] as string]
  const other = seal({ a: ['one', 'other'], b: 'three', c: 'four' }).split('\n')
  return [
    ['list items swapped', edit((copy) => copy.splice(1, 2, second, first))],
    ['a list item removed', edit((copy) => copy.splice(1, 1))],
    ['a value removed', edit((copy) => copy.splice(3, 1))],
    ['a key renamed', text.replace('\nb: ENC', '\nd: ENC')],
    ['values exchanged', text.replace('\nb: ENC', '\nx: ENC').replace('\nc: ENC', '\nb: ENC').replace('\nx: ENC', '\nc: ENC')],
    ['a value of another document', edit((copy) => copy.splice(2, 1, other[2] as string))],
    ['a changed ciphertext', text.replace(/data:(.)/, (_all, character: string) => `data:${character === 'A' ? 'B' : 'A'}`)],
    [
      'the MAC removed',
      edit((copy) =>
        copy.splice(
          copy.findIndex((line) => line.startsWith('    mac:')),
          1,
        ),
      ),
    ],
    ['an empty MAC', text.replace(/mac: .*/, 'mac: ""')],
    ['another time', text.replace('20:00:00Z', '20:00:01Z')],
  ]
}
