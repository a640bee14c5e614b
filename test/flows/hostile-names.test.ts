import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupResult } from '../../src/flows/backup.ts'
import { snapshotAt, stored } from '../../src/flows/stored.ts'
import { verify } from '../../src/flows/verify.ts'
import { typeOf } from '../../src/model/address.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

/** Texts that have broken programs before, of at most the 255 characters that Jira allows a name. */
const hostile = [
  '../../../etc/passwd',
  '..\\..\\windows\\system32',
  '/absolute/path',
  '.git',
  '.git/hooks/post-checkout',
  'bindings/jira.status',
  'con',
  'NUL.yaml',
  'key',
  'site.yaml',
  '~',
  '-',
  '--upload-pack=touch owned',
  '$(touch owned)',
  '`id`; rm -rf ~ | cat',
  '\u0024{jndi:ldap://x}',
  '<script>alert(1)</script>',
  '[link](javascript:alert(1)) **bold** | cell',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '⟦jira/status/done⟧',
  '⟦',
  '⟧⟧ ⟦⟦',
  '⟦?jira/status|10001⟧',
  'line one\nline two\r\nline three',
  'tab\there',
  '\u202eright to left\u202c',
  'مرحبا بالعالم',
  'שָׁלוֹם',
  '🏳️‍🌈 👩‍👩‍👧‍👦 emoji',
  '日本語のステータス',
  'Ünïcödé Ñame',
  'U\u0308ni decomposed',
  'zero\u200bwidth\ufeff',
  '\u0000 null and \u001b[31m escape',
  'ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]',
  '*alias',
  '&anchor',
  '!!js/function',
  '- list: {a: b}',
  '# comment',
  '"double" \'single\' \\backslash',
  '%YAML 1.2',
  '---',
  '...',
  'null',
  'true',
  'no',
  '0x1f',
  '1e3',
  '007',
  '2026-11-22',
  '=1+1',
  'x'.repeat(255),
  '🙂'.repeat(127),
  'a'.repeat(60),
  'a'.repeat(61),
  'trailing space ',
  ' leading space',
] as const
/** What has no limit in Jira may be as long as it likes. */
const long = '⟦ long & \n'.repeat(1_000)

type Row = { id: string; name: string; description: string }

let whole: WholeSite
let first: BackupResult

beforeAll(async () => {
  whole = await wholeSite()
  const { state } = whole.site
  const add = (family: string, row: object) => state.store<Row>(family).add(row as unknown as Row)
  const select = 'com.atlassian.jira.plugin.system.customfieldtypes:select'
  const holder = add('field', {
    name: 'Holder',
    description: long,
    type: select,
    value: 'option',
    locked: false,
    orderable: true,
    searchable: true,
    clauseNames: [],
  })
  const context = add('field-context', { fieldId: holder.id, name: 'Holder context', description: '', projectIds: [], issueTypeIds: [] })
  for (const [place, name] of hostile.entries()) {
    add('status', { name, description: long, statusCategory: 'TODO' })
    add('field', {
      name,
      description: name,
      type: select,
      value: 'option',
      locked: false,
      orderable: true,
      searchable: true,
      clauseNames: [],
    })
    add('screen', { name, description: name, tabs: [{ id: `${900 + place}`, name, fieldIds: [holder.id] }] })
    add('option', { fieldId: holder.id, contextId: context.id, value: name, disabled: false, place })
  }
  first = await whole.backup()
})
afterAll(() => whole?.[Symbol.asyncDispose]())

describe('I7 hostile names', () => {
  it('are backed up without a finding', () => {
    expect(first.findings).toEqual([])
    expect(first.state).toBe('success')
  })

  it('come back as they were, each with every other property', async () => {
    const site = await whole.open()
    const snapshot = await snapshotAt(site, await stored(site, first.commit))
    const specs = (type: string) =>
      [...snapshot.values()].filter(({ address }) => typeOf(address) === type).map(({ spec }) => spec as JsonObject)
    const namesOf = (list: readonly JsonObject[], key = 'name') =>
      list
        .map((one) => one[key])
        .filter(isHostile)
        .sort()
    const wanted = [...hostile].sort()
    expect(namesOf(specs('jira/status'))).toEqual(wanted)
    expect(specs('jira/status').filter(({ description }) => description === long)).toHaveLength(hostile.length)
    expect(namesOf(specs('jira/field'))).toEqual(wanted)
    expect(namesOf(specs('jira/field'), 'description')).toEqual(wanted)
    expect(namesOf(specs('jira/screen'))).toEqual(wanted)
    expect(namesOf(specs('jira/screen').flatMap(({ tabs }) => tabs as readonly JsonObject[]))).toEqual(wanted)
    const holder = snapshot.get('jira/field-context/holder--holder-context')?.spec as JsonObject
    // Options keep their order.
    expect((holder['options'] as readonly JsonObject[]).map(({ value }) => value)).toEqual(hostile)
  })

  it('stand in no path and in no address, and no path is one that a system dislikes', () => {
    const paths = whole.git('-c', 'core.quotePath=false', 'ls-tree', '-r', '--name-only', whole.branch).split('\n')
    expect(paths.length).toBeGreaterThan(3 * hostile.length)
    for (const path of paths) {
      expect(path).toMatch(/^(?:key\.yaml|site\.yaml|bindings\/jira\.[a-z-]+\.yaml|jira\/[a-z-]+\/[a-z0-9-]{1,130}\.yaml)$/)
      expect(path.split('/').at(-1)).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)\./)
    }
    for (const [address] of whole.bindings().entries()) expect(address).toMatch(/^[a-z]+\/[a-z-]+\/[a-z0-9-]+(?:#[a-z-]+\/[a-z0-9-]+)?$/)
  })

  it('are said by no commit and by no line of the runs', () => {
    const said = whole.git('log', '--format=%B', whole.branch, whole.runs) + JSON.stringify(whole.lastRun())
    const ascii = hostile.filter((name) => name.length > 8 && !/^[\w.-]+$/.test(name))
    expect(ascii.filter((name) => said.includes(name))).toEqual([])
  })

  it('are quiet the next night, and sound', async () => {
    expect((await whole.backup()).commit).toBeUndefined()
    const { findings } = await verify(await whole.open(), first.commit ?? '')
    expect(findings).toEqual([])
  })

  it('do not confuse who is who when all of them are renamed at once', async () => {
    const statuses = whole.site.state.store<Row>('status')
    const before = whole.bindings()
    const rows = statuses.all().filter(({ name }) => isHostile(name))
    for (const [index, { id }] of rows.entries()) statuses.change(id, { name: hostile[(index + 1) % hostile.length] as string })
    const { changes } = await whole.backup()
    expect(changes.every(({ address, what }) => what === 'changed' && typeOf(address) === 'jira/status')).toBe(true)
    expect(changes).toHaveLength(rows.length)
    const after = whole.bindings()
    for (const { address } of changes) expect(after.idOf(address)).toBe(before.idOf(address))
  })
})

describe('a text that UTF-8 cannot hold', () => {
  it('costs one object its new version, is named, and stops nobody else', async () => {
    await using other = await wholeSite()
    const statuses = other.site.state.store<Row & { statusCategory: string }>('status')
    const [done] = statuses.all().filter(({ name }) => name === 'Done')
    const broken = statuses.add({ name: 'Half \ud83d of it', description: '', statusCategory: 'TODO' })
    const saved = await other.backup()
    expect(saved.state).toBe('partial_success')
    expect(saved.findings).toEqual([expect.objectContaining({ code: 'VAULT_UNSEALABLE', address: 'jira/status/half-of-it' })])
    expect(other.files().has('jira/status/half-of-it.yaml')).toBe(false)
    expect(other.files().get('site.yaml')).toContain('jira/status: { version: 1, complete: false }')

    statuses.change(broken.id, { name: 'Whole' })
    expect(await other.backup()).toMatchObject({ state: 'success', findings: [], changes: [{ what: 'added' }] })

    const before = other.files().get('jira/status/done.yaml')
    statuses.change(done?.id ?? '', { description: 'a \udc00 b' })
    expect(await other.backup()).toMatchObject({ state: 'partial_success', changes: [] })
    expect(other.files().get('jira/status/done.yaml')).toBe(before)
  })
})

function isHostile(value: Json | undefined): boolean {
  return (hostile as readonly (Json | undefined)[]).includes(value)
}
