import { beforeAll, describe, expect, it } from 'vitest'
import { parseRecipients, type Recipient, writeRecipients } from '../../src/vault/recipients.ts'
import { someIdentity } from './keys.ts'

const path = 'keys/production.yaml'
let age: string
let other: string
beforeAll(async () => {
  age = (await someIdentity()).recipient
  other = (await someIdentity()).recipient
})

describe('the recipients of a site', () => {
  it('are read as they were written', () => {
    const recipients: readonly Recipient[] = [
      { name: 'Ops: "team" #1', kind: 'person', age },
      { name: 'recovery', kind: 'recovery', age: other },
    ]

    expect(parseRecipients(writeRecipients(recipients), path)).toEqual(recipients)
  })

  it('are read as people write them', () => {
    const text = `# who\nrecipients:\n- name: CI   # the Action\n  kind: ci\n  age: "${age}"\n`

    expect(parseRecipients(text, path)).toEqual([{ name: 'CI', kind: 'ci', age }])
  })

  const item = (name: string, kind: string, key: string): string => `  - name: ${name}\n    kind: ${kind}\n    age: ${key}\n`
  const cases: readonly (readonly [string, () => string, string])[] = [
    ['no list', () => 'recipients: none\n', ':1:recipients must be a list'],
    ['an empty list', () => 'recipients: []\n', ':1:recipients must be a list'],
    ['an unknown key', () => `recipients:\n${item('a', 'ci', age)}people: 1\n`, ':5:people is unknown'],
    ['an unknown field', () => `recipients:\n${item('a', 'ci', age)}    role: x\n`, ':5:role is unknown'],
    ['an unknown kind', () => `recipients:\n${item('a', 'robot', age)}`, ':3:kind must be one of person, ci, recovery'],
    ['no kind', () => `recipients:\n  - name: a\n    age: ${age}\n`, ':2:kind must be a text'],
    ['a number for a name', () => `recipients:\n${item('7', 'ci', age)}`, ':2:name must be a text'],
    ['a name of two lines', () => `recipients:\n${item('"a\\nb"', 'ci', age)}`, ':2:name must be one line'],
    ['a wrong key', () => `recipients:\n${item('a', 'ci', 'age1x')}`, ':4:age is no age recipient'],
    ['a private key', () => `recipients:\n${item('a', 'ci', 'AGE-SECRET-KEY-1ABC')}`, ':4:age is a private key'],
    ['a key twice', () => `recipients:\n${item('a', 'ci', age)}${item('b', 'ci', age)}`, ':7:age is already'],
    ['a name twice', () => `recipients:\n${item('a', 'ci', age)}${item('a', 'ci', other)}`, ':5:name is already'],
    ['an item that is no recipient', () => `recipients:\n  - ${age}\n`, ':1:recipients has an item'],
    ['YAML that is none', () => 'recipients: [a]\n', ':1: Line 1'],
  ]

  it.each(cases)('are refused with file, line and key: %s', (_what, text, message) => {
    expect(() => parseRecipients(text(), path)).toThrow(
      expect.objectContaining({ code: 'VAULT_RECIPIENTS', message: expect.stringContaining(path + message) }),
    )
  })
})
