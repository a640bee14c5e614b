import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Match, type MatchTable, writeTable } from '../../src/model/match-table.ts'
import { decisionsBetween, matchFile, readTable, saveTable, updated } from '../../src/wiring/match-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const empty: MatchTable = { from: 'acme', to: 'sandbox', objects: [], users: [], groups: [] }
const pair = (from: string, to: string, state: Match['state'] = 'same') =>
  ({ from: `jira/status/${from}`, to: `jira/status/${to}`, state }) as MatchTable['objects'][number]

const byPeople = `# Reviewed on Monday.
from: acme
to: sandbox
objects:
    # The team renamed it.
    - { from: jira/status/done, to: jira/status/finished }   # sure
    - to: jira/status/b
      from: jira/status/a
      state: proposed
    # Ask the team first.
    - from: jira/status/c
      to: jira/status/d
      state: "proposed"
groups:
- from: 'staff'
  to: "all: staff"
`

describe('the text of a match table', () => {
  it('comes back as it was written, whatever a group is called', () => {
    const group = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((text) => text.trim() !== '' && text.isWellFormed())
    const groups = fc.uniqueArray(fc.record({ from: group, to: group, state: fc.constantFrom('same', 'different', 'proposed') } as const), {
      selector: ({ from }) => from,
    })
    fc.assert(
      fc.property(groups, (matches) => {
        const unique = [...new Map(matches.map((match) => [match.to, match])).values()]
        const table = { ...empty, objects: [pair('done', 'finished')], groups: unique }

        expect(readTable(writeTable(table), 'm.yaml')).toEqual(table)
      }),
    )
  })

  it('is refused with file and line for whatever is wrong in it', () => {
    const wrong = byPeople.replace('to: jira/status/b', 'to: &b jira/status/b').replace("'staff'", '*b')
    const twice = byPeople.replace('jira/status/d\n      state: "proposed"', 'jira/status/finished')

    expect(() => readTable(wrong, 'matches/x.yaml')).toThrow(
      expect.objectContaining({
        code: 'SETTINGS_INVALID',
        message: expect.stringMatching(/^matches\/x\.yaml:7: objects\.1\.to: anchors .*\n.*x\.yaml:15: groups\.0\.from: aliases /),
      }),
    )
    expect(() => readTable(twice, 'x.yaml')).toThrow(/^x\.yaml:11: objects\.2: says something else.* line 6$/)
    expect(() => readTable(`# ${'x'.repeat(4 * 1024 * 1024)}`, 'x.yaml')).toThrow('x.yaml:1: the file is larger than 4096 KiB')
    expect(() => readTable(`a: ${'['.repeat(30)}`, 'x.yaml')).toThrow(/not valid YAML/)
  })

  it('keeps what people wrote, comments too, where entries go and come', () => {
    const table: MatchTable = {
      ...readTable(byPeople, ''),
      objects: [pair('done', 'finished'), pair('c', 'd', 'proposed'), pair('e', 'f', 'proposed')],
      users: [{ from: 'u1', to: 'u2', state: 'same' }],
    }

    expect(updated(byPeople, table, 'x.yaml')).toBe(
      `${byPeople
        .replace('    - to: jira/status/b\n      from: jira/status/a\n      state: proposed\n', '')
        .replace(
          '"proposed"\n',
          '"proposed"\n    - from: jira/status/e\n      to: jira/status/f\n      state: proposed\n',
        )}users:\n  - from: "u1"\n    to: "u2"\n`,
    )
    expect(updated(byPeople, readTable(byPeople, ''), 'x.yaml')).toBe(byPeople)
  })

  it('keeps the ends of lines', () => {
    const text = writeTable({ ...empty, objects: [pair('a', 'b')] }).replaceAll('\n', '\r\n')

    const after = updated(text, { ...empty, objects: [pair('a', 'b'), pair('c', 'd')] }, 'x.yaml')

    expect(after).toBe(`${text}  - from: jira/status/c\r\n    to: jira/status/d\r\n`)
  })

  it('says what it should after any change, in whatever form it was', () => {
    const entry = fc.tuple(fc.nat(9), fc.nat(9), fc.constantFrom('different', 'proposed'), fc.boolean())
    const entries = fc.uniqueArray(entry, { selector: ([from, to]) => `${from} ${to}`, maxLength: 8 })
    const asTable = (list: readonly (readonly [number, number, string, boolean])[]) => ({
      ...empty,
      objects: list.map(([from, to, state]) => pair(String(from), String(to), state as Match['state'])),
    })
    fc.assert(
      fc.property(entries, entries, fc.boolean(), (before, after, inOneLine) => {
        const lines = before.map(([from, to, state, flow]) =>
          flow || inOneLine
            ? `{ from: jira/status/${from}, to: jira/status/${to}, state: ${state} }`
            : `from: jira/status/${from}\n  to: jira/status/${to}\n  state: ${state}`,
        )
        const list = inOneLine ? ` [${lines.join(', ')}]\n` : `\n${lines.map((line) => `- ${line}\n`).join('')}`
        const result = updated(`from: acme\nto: sandbox\nobjects:${list}# end\n`, asTable(after), 'x.yaml')

        const sorted = (table: MatchTable) => [...table.objects].sort((a, b) => (a.from + a.to < b.from + b.to ? -1 : 1))
        expect(sorted(readTable(result, 'x.yaml'))).toEqual(sorted(asTable(after)))
        expect(inOneLine || result.includes('# end')).toBe(true)
      }),
    )
  })
})

describe('the match table of two sites', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let at = ''
  let count = 0

  beforeAll(async () => {
    folder = await temporaryFolder()
  })
  beforeEach(async () => {
    count += 1
    at = join(folder.path, String(count))
    await mkdir(join(at, 'matches'), { recursive: true })
  })
  afterAll(() => folder.remove())

  it('is one file, whichever site is named first, and is written back as it stands', async () => {
    await writeFile(join(at, 'matches/acme--sandbox.yaml'), byPeople)

    const turned = await matchFile(at, 'sandbox', 'acme')
    const { matches, groups } = await decisionsBetween(at, 'sandbox', 'acme')
    await saveTable(at, turned, { ...turned.table, objects: turned.table.objects.filter(({ state }) => state === 'same') })

    expect([...matches, ...groups]).toEqual([
      ['jira/status/finished', 'jira/status/done'],
      ['all: staff', 'staff'],
    ])
    expect(turned).toMatchObject({ path: 'matches/acme--sandbox.yaml', there: true })
    expect(await readFile(join(at, 'matches/acme--sandbox.yaml'), 'utf8')).toBe(
      byPeople.replace(/ {4}- to: [^#]*proposed\n/, '').replace(/ {4}- from: jira\/status\/c[^"]*"proposed"\n/, ''),
    )
  })

  it('is nothing where there is none, and no file is made to say so', async () => {
    const file = await matchFile(at, 'acme', 'sandbox')

    expect(file).toEqual({ path: 'matches/acme--sandbox.yaml', table: empty, there: false })
    expect(await saveTable(at, file, empty)).toBe(false)
    expect(await saveTable(at, file, { ...empty, objects: [pair('a', 'b', 'proposed')] })).toBe(true)
    expect((await matchFile(at, 'acme', 'sandbox')).table.objects).toEqual([pair('a', 'b', 'proposed')])
  })

  it('is refused where there are two, where it speaks of other sites, and for one site', async () => {
    await writeFile(join(at, 'matches/acme--sandbox.yaml'), byPeople)
    await writeFile(join(at, 'matches/acme--beta.yaml'), byPeople)
    await expect(matchFile(at, 'acme', 'beta')).rejects.toThrow(
      'matches/acme--beta.yaml:3: to: must be the site that the name of the file says',
    )
    await writeFile(join(at, 'matches/sandbox--acme.yaml'), byPeople)
    await expect(matchFile(at, 'acme', 'sandbox')).rejects.toThrow(expect.objectContaining({ code: 'SETTINGS_TWO_TABLES' }))
    await expect(matchFile(at, 'acme', 'acme')).rejects.toThrow(expect.objectContaining({ code: 'USAGE_ONE_SITE' }))
    await expect(matchFile(at, '../acme', 'acme')).rejects.toThrow(expect.objectContaining({ code: 'SETTINGS_SITE_NAME' }))
  })
})
