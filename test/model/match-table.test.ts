import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/model/json.ts'
import { decisionsOf, emptyTable, invertTable, type MatchTable, tableOf } from '../../src/model/match-table.ts'

const sites = { from: 'acme', to: 'sandbox' }
const table: MatchTable = {
  ...sites,
  objects: [
    { from: 'jira/status/done', to: 'jira/status/finished', state: 'same' },
    { from: 'jira/status/open', to: 'jira/status/open-2', state: 'different' },
    { from: 'jira/status/x', to: 'jira/status/y', state: 'proposed' },
  ],
  users: [{ from: 'a:1', to: 'b:1', state: 'same' }],
  groups: [{ from: 'staff', to: 'all staff', state: 'same' }],
}
/** `at: message` of every fault; lines are told by who reads the text. */
const faults = (document: Json) => {
  const result = tableOf(document, () => 7)
  return 'objects' in result ? [] : result.map(({ line, at, message }) => `${line} ${at}: ${message}`)
}

describe('a match table', () => {
  it('tells what people decided, and nothing of what is only proposed', () => {
    const { matches, users, groups, apart } = decisionsOf(table)

    expect([...matches]).toEqual([['jira/status/done', 'jira/status/finished']])
    expect([...apart]).toEqual(['jira/status/open jira/status/open-2'])
    expect([...users, ...groups]).toEqual([
      ['a:1', 'b:1'],
      ['staff', 'all staff'],
    ])
  })

  it('serves the other way round, and inverted twice is the same', () => {
    expect([...decisionsOf(invertTable(table)).matches]).toEqual([['jira/status/finished', 'jira/status/done']])
    expect(invertTable(table)).toMatchObject({ from: 'sandbox', to: 'acme' })
    expect(invertTable(invertTable(table))).toEqual(table)
  })

  it('may be empty: without lists, or with lists of nothing', () => {
    expect(tableOf({ ...sites }, () => 1)).toEqual(emptyTable('acme', 'sandbox'))
    expect(tableOf({ ...sites, objects: null, users: [] }, () => 1)).toEqual(emptyTable('acme', 'sandbox'))
  })

  it('tells all that is wrong at once, each with its line and never a value', () => {
    const secret = 'hunter2 hunter2'
    const found = faults({
      from: secret,
      to: 'sandbox',
      extra: 1,
      objects: [
        { from: secret, to: 'jira/status/a', state: secret, why: secret },
        { from: 'jira/status/a', to: 'jira/screen/a' },
        { from: 'jira/status/a' },
        secret,
      ],
      users: [{ from: 'nobody @ here', to: 'x' }],
      groups: { staff: 'all' },
    })

    expect(found).toEqual([
      '7 /extra: not known here; allowed are from, to, objects, users, groups',
      '7 /from: must be the name of a site of tidemark.yaml',
      '7 /objects/0/why: not known here; allowed are from, to, state',
      '7 /objects/0/from: must be an address such as jira/status/to-do',
      '7 /objects/0/state: must be same, different or proposed; without it, same',
      '7 /objects/1/to: must be of the same type as `from`: jira/status',
      '7 /objects/2/to: must be an address such as jira/status/to-do',
      '7 /objects/3: must have `from` and `to`',
      '7 /users/0/from: must be an Atlassian account id',
      '7 /groups: must be a list',
    ])
    expect(found.join()).not.toContain(secret)
  })

  it.each([
    ['one object is two others', { from: 'jira/status/a', to: 'jira/status/c' }],
    ['two objects are one', { from: 'jira/status/c', to: 'jira/status/b' }],
    ['a pair stands twice', { from: 'jira/status/a', to: 'jira/status/b', state: 'different' }],
  ])('refuses that %s', (_what, second) => {
    const objects = [{ from: 'jira/status/a', to: 'jira/status/b' }, second]

    expect(faults({ ...sites, objects })).toEqual(['7 /objects/1: says something else, or the same again, of what stands in line 7'])
  })

  it('may propose several for one, also beside a decision about others', () => {
    const objects = ['b', 'c', 'd'].map((slug) => ({
      from: 'jira/status/a',
      to: `jira/status/${slug}`,
      state: slug === 'd' ? 'different' : 'proposed',
    }))

    expect(faults({ ...sites, objects })).toEqual([])
  })

  it('is of two sites', () => {
    expect(faults({ from: 'acme', to: 'acme' })).toEqual(['7 /to: must be another site than `from`'])
    expect(faults('acme')).toEqual(['7 : must say `from`, `to` and `objects`'])
  })

  it('holds at most 20,000 entries a list', () => {
    expect(faults({ ...sites, groups: Array(20_001).fill(null) })).toEqual(['7 /groups: has more than 20000 entries'])
  })
})
