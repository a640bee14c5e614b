import { describe, expect, it } from 'vitest'
import { matchesAsCsv, withCsv } from '../../src/flows/match-csv.ts'
import { emptyTable, type MatchTable } from '../../src/model/match-table.ts'

const table: MatchTable = {
  ...emptyTable('acme', 'sandbox'),
  objects: [
    { from: 'jira/status/done', to: 'jira/status/finished', state: 'same' },
    { from: 'jira/status/a', to: 'jira/status/b', state: 'proposed' },
    { from: 'jira/status/a', to: 'jira/status/c', state: 'proposed' },
  ],
  groups: [{ from: '=1+1', to: 'all, "staff"', state: 'same' }],
}
const sheet = matchesAsCsv({ table, nameOf: (side, address) => (address.endsWith('/a') ? '@SUM(A1)' : side) })
const decided = (text: string) => {
  const result = withCsv(table, text)
  return 'objects' in result ? result : result.map(({ line, message }) => `${line}: ${message}`)
}

describe('a match table as a sheet', () => {
  it('names both sides, and nothing in it acts', () => {
    expect(sheet.split('\r\n')).toEqual([
      'from,to,state,name-from,name-to',
      'jira/status/done,jira/status/finished,same,from,to',
      `jira/status/a,jira/status/b,proposed,'@SUM(A1),to`,
      `jira/status/a,jira/status/c,proposed,'@SUM(A1),to`,
      'group:=1+1,"group:all, ""staff""",same,,',
      '',
    ])
  })

  it('says what the table says, when nothing was filled in', () => {
    expect(decided(sheet)).toEqual({ ...table, objects: [...table.objects] })
  })

  it('takes over what was filled in, and leaves the rest open', () => {
    expect(decided(sheet.replace('b,proposed', 'b,different'))).toEqual({
      ...table,
      objects: [table.objects[0], { ...table.objects[1], state: 'different' }, table.objects[2]],
    })
  })

  it('knows columns by their names, and takes what the table does not have yet', () => {
    const text = 'note,state,to,from\nx,same,user:u2,user:u1\n,different,jira/status/y,jira/status/x\n'

    expect(decided(text)).toMatchObject({
      users: [{ from: 'u1', to: 'u2', state: 'same' }],
      objects: expect.arrayContaining([{ from: 'jira/status/x', to: 'jira/status/y', state: 'different' }]),
    })
  })

  it('never changes a decision: what says otherwise is told with its line, like everything else that is wrong', () => {
    const rows = [
      'from,to,state',
      'jira/status/done,jira/status/other,same',
      'jira/status/done,jira/status/finished,different',
      'nothing,jira/status/b,same',
      'jira/status/a,jira/status/b,perhaps',
      'jira/status/a,user:u1,same',
    ]

    expect(decided(rows.join('\n'))).toEqual([
      '6: from and to must both be objects, users (user:…) or groups (group:…)',
      '2: says something else, or the same again, of what is decided in the table or another row',
      '3: says something else, or the same again, of what is decided in the table or another row',
      '4: from: must be an address such as jira/status/to-do',
      '5: state: must be same, different or proposed; without it, same',
    ])
  })

  it('takes no name that was saved in another encoding for what it became', () => {
    expect(decided('from,to,state\ngroup:B\ufffdcher,group:books,same\njira/status/a,jira/status/b,same\n')).toEqual([
      '2: a name has letters that are no UTF-8: save the sheet as CSV UTF-8',
    ])
    expect(decided('from,to,state,name-from\njira/status/a,jira/status/b,same,B\ufffdcher\n')).toMatchObject({ from: 'acme' })
  })

  it('is refused without its columns, as with semicolons', () => {
    expect(decided('from;to;state\n')).toEqual([
      '1: the first line must name the columns, parted by commas: from,to,state,name-from,name-to',
    ])
    expect(decided('')).toHaveLength(1)
    expect(decided('from,to,state\n"')).toEqual(['2: a quote that is not closed'])
  })
})
