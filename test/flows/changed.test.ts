import { describe, expect, it } from 'vitest'
import { changedBetween } from '../../src/flows/changed.ts'
import type { CommitId, PathChange } from '../../src/repository/repository.ts'

const between = async (...changes: readonly PathChange[]) =>
  Object.fromEntries(await changedBetween({ changes: async () => changes }, 'a' as CommitId, 'b' as CommitId))

describe('what changed between two snapshots', () => {
  it('is told by object: what came, what went and what is another', async () => {
    expect(
      await between(
        { path: 'jira/status/new.yaml', what: 'added', after: '1' },
        { path: 'jira/status/old.yaml', what: 'removed', before: '2' },
        { path: 'jira/status/other.yaml', what: 'changed', before: '3', after: '4' },
        { path: 'bindings/jira.status.yaml', what: 'changed', before: '5', after: '6' },
      ),
    ).toEqual({ 'jira/status/new': 'added', 'jira/status/old': 'removed', 'jira/status/other': 'changed' })
  })

  it('is not told of an object whose file only moves, since its folder was split', async () => {
    expect(
      await between(
        { path: 'jira/status/same.yaml', what: 'removed', before: '1' },
        { path: 'jira/status/09/same.yaml', what: 'added', after: '1' },
        { path: 'jira/status/other.yaml', what: 'removed', before: '2' },
        { path: 'jira/status/d9/other.yaml', what: 'added', after: '3' },
      ),
    ).toEqual({ 'jira/status/other': 'changed' })
  })
})
