import { beforeEach, describe, expect, it } from 'vitest'
import { doctorForge, type ExpectedForge } from '../../src/flows/doctor-forge.ts'
import type { BranchRules } from '../../src/forge/forge.ts'
import { type MemoryForge, memoryForge } from '../doubles/memory-forge.ts'

const expected: ExpectedForge = {
  repository: 'acme/jira-config',
  isPublic: false,
  sites: [
    { name: 'acme', reports: 'addresses' },
    { name: 'beta', reports: 'values' },
  ],
  approvals: 1,
  environments: new Map([
    ['tidemark-plan', ['SOPS_AGE_KEY', 'TIDEMARK_APP_ID']],
    ['tidemark-apply', ['SOPS_AGE_KEY']],
  ]),
  workflows: ['tidemark-backup.yml', 'tidemark-plan.yml'],
}
const ann = { id: 7, login: 'ann', bot: false }
const reviewed: BranchRules = {
  ...{ pullRequest: true, approvals: 1, codeOwners: true, dismissStale: true, lastPush: true },
  ...{ noForce: true, noDeletion: true, closed: false, checks: ['Tidemark check'] },
}
const closed: BranchRules = {
  ...{ pullRequest: false, approvals: 0, codeOwners: false, dismissStale: false, lastPush: false },
  ...{ noForce: true, noDeletion: true, closed: true, checks: [] },
}
const names = ['SOPS_AGE_KEY', 'TIDEMARK_APP_ID', 'SOMETHING_ELSE']

let forge: MemoryForge

beforeEach(() => {
  forge = memoryForge()
  forge.known.self = ann
  forge.known.permissions.set('ann', 'admin')
  forge.known.rules = (branch) => (branch === 'main' ? reviewed : closed)
  for (const name of expected.environments.keys()) forge.known.environments.set(name, { branches: ['main'], reviewers: 0, names })
  for (const file of expected.workflows) forge.known.workflows.set(file, 'active')
})

/** Everything that is wrong, as level and code; each with a cure. */
async function wrongs(more: Partial<ExpectedForge> = {}): Promise<readonly string[]> {
  const findings = (await doctorForge(forge, { ...expected, ...more })).filter(({ level }) => level !== 'note')
  for (const { cure } of findings) expect(cure).toMatch(/\S/)
  return findings.map(({ level, code }) => `${level} ${code}`)
}

async function messagesOf(code: string): Promise<readonly string[]> {
  return (await doctorForge(forge, expected)).filter((finding) => finding.code === code).map(({ message }) => message)
}

function rulesOfMain(change: Partial<BranchRules>): void {
  forge.known.rules = (branch) => (branch === 'main' ? { ...reviewed, ...change } : closed)
}

describe('a repository that is guarded', () => {
  it('is told as such', async () => {
    const findings = await doctorForge(forge, expected)

    expect(findings.map(({ level, code }) => `${level} ${code}`)).toEqual(['note FORGE_REACHED', 'note FORGE_TOKEN', 'note FORGE_GUARDED'])
  })

  it('is not told as such while a single thing is open', async () => {
    forge.known.workflows.set('tidemark-plan.yml', 'disabled_manually')

    expect(await messagesOf('FORGE_GUARDED')).toEqual([])
  })
})

describe('the repository', () => {
  it('that cannot be reached is the one thing to tell', async () => {
    forge.forbidden.add('repository')

    expect(await doctorForge(forge, expected)).toEqual([expect.objectContaining({ level: 'error', code: 'FORGE_FORBIDDEN' })])
  })

  it('may not be public where reports show values', async () => {
    forge.known.repository = { ...forge.known.repository, visibility: 'public' }

    expect(await wrongs()).toEqual(['error FORGE_PUBLIC_VALUES'])
    expect(await messagesOf('FORGE_PUBLIC_VALUES')).toEqual([expect.stringContaining('reports of beta')])
  })

  it('is told as public where they show addresses', async () => {
    forge.known.repository = { ...forge.known.repository, visibility: 'public' }

    const sites = [{ name: 'acme', reports: 'addresses' }] as const
    expect(await wrongs({ sites })).toEqual(['error FORGE_PUBLIC'])
    expect(await wrongs({ sites, isPublic: true })).toEqual([])
  })

  it('is told when it has another name, and another default branch, by now', async () => {
    forge.known.repository = { ...forge.known.repository, name: 'acme/moved\u001b[2J', defaultBranch: 'trunk' }

    expect(await wrongs()).toEqual(['warning FORGE_RENAMED', 'error FORGE_DEFAULT_BRANCH'])
    expect(await messagesOf('FORGE_RENAMED')).toEqual([expect.not.stringContaining('\u001b')])
  })

  it('has the same name in other letters', async () => {
    expect(await wrongs({ repository: 'Acme/Jira-Config' })).toEqual([])
  })
})

describe('the token', () => {
  it.each(['none', 'read', 'triage'] as const)('that may only %s is too weak', async (permission) => {
    forge.known.permissions.set('ann', permission)

    expect(await wrongs()).toEqual(['warning FORGE_TOKEN_WEAK'])
  })

  it('whose owner may not even ask what they may do is too weak', async () => {
    forge.forbidden.add('permissionOf')

    expect(await wrongs()).toEqual(['warning FORGE_TOKEN_WEAK'])
    expect(await messagesOf('FORGE_TOKEN_WEAK')).toEqual([expect.stringContaining('ann, who may not write here')])
  })

  it.each([
    ['does not say whose it is', undefined],
    ['is that of an App', { id: 9, login: 'tidemark-acme[bot]', bot: true }],
  ])('that %s is not judged', async (_case, self) => {
    forge.known.self = self

    expect(await wrongs()).toEqual([])
    expect(await messagesOf('FORGE_TOKEN')).toHaveLength(1)
  })
})

describe('main', () => {
  it.each([
    [{ approvals: 0 }, 'warning FORGE_MAIN_APPROVALS'],
    [{ codeOwners: false }, 'warning FORGE_MAIN_CODE_OWNERS'],
    [{ dismissStale: false }, 'warning FORGE_MAIN_STALE'],
    [{ lastPush: false }, 'warning FORGE_MAIN_LAST_PUSH'],
    [{ noForce: false }, 'warning FORGE_MAIN_FORCE'],
    [{ noDeletion: false }, 'warning FORGE_MAIN_DELETION'],
    [{ checks: ['Another check'] }, 'warning FORGE_MAIN_UNCHECKED'],
    [{ closed: true }, 'warning FORGE_MAIN_CLOSED'],
  ])('with %j is told by a name of its own', async (change, told) => {
    rulesOfMain(change)

    expect(await wrongs()).toEqual([told])
  })

  it('that anybody pushes to is one finding, not one for each thing that follows', async () => {
    rulesOfMain({ pullRequest: false, approvals: 0, codeOwners: false, dismissStale: false, lastPush: false })

    expect(await wrongs()).toEqual(['error FORGE_MAIN_UNREVIEWED'])
  })

  it('of somebody who is alone asks nobody', async () => {
    rulesOfMain({ approvals: 0, codeOwners: false, dismissStale: false, lastPush: false })

    expect(await wrongs({ approvals: 0 })).toEqual([])
  })

  it('is not guarded where only the rules of snapshots are not told', async () => {
    forge.known.rules = (branch) => (branch === 'main' ? reviewed : undefined)

    expect(await wrongs()).toEqual(['warning FORGE_RULES_UNTOLD'])
  })

  it('whose rules are not told counts as open, once, with the plan as a possible reason', async () => {
    forge.known.rules = () => undefined

    expect(await wrongs()).toEqual(['warning FORGE_RULES_UNTOLD'])
    expect(await messagesOf('FORGE_RULES_UNTOLD')).toEqual([expect.stringContaining('private repositories need a paid one')])
  })
})

describe('snapshots', () => {
  it.each(['sites/beta', 'tidemark/runs/acme', 'tidemark/requests/doctor'])('on %s that others can push to are told', async (open) => {
    forge.known.rules = (branch) => (branch === 'main' ? reviewed : branch === open ? { ...closed, closed: false } : closed)

    expect(await wrongs()).toEqual(['warning FORGE_SNAPSHOTS_OPEN'])
    expect(await messagesOf('FORGE_SNAPSHOTS_OPEN')).toEqual([expect.stringContaining(open)])
  })
})

describe('an environment', () => {
  it('that is not there is told, with what it takes to have one', async () => {
    forge.known.environments.delete('tidemark-apply')

    expect(await wrongs()).toEqual(['error FORGE_NO_ENVIRONMENT'])
    expect(await messagesOf('FORGE_NO_ENVIRONMENT')).toEqual([expect.stringMatching(/tidemark-apply.*paid plans only/)])
  })

  it.each([
    [true, true],
    [false, false],
  ])('that is not there has a cure for plans that offer none where the repository is private: %s', async (isPrivate, told) => {
    forge.known.repository = { ...forge.known.repository, visibility: isPrivate ? 'private' : 'public' }
    forge.known.environments.delete('tidemark-apply')

    const found = await doctorForge(forge, expected)

    expect(found.find(({ code }) => code === 'FORGE_NO_ENVIRONMENT')?.cure?.includes('where your plan has none')).toBe(told)
  })

  it.each([
    ['any branch', undefined],
    ['no branch', []],
    ['main, requests/*', ['main', 'requests/*']],
  ])('that is for jobs of %s is told', async (said, branches) => {
    forge.known.environments.set('tidemark-plan', { branches, reviewers: 0, names })

    expect(await wrongs()).toEqual(['error FORGE_ENVIRONMENT_OPEN'])
    expect(await messagesOf('FORGE_ENVIRONMENT_OPEN')).toEqual([expect.stringContaining(`jobs of ${said};`)])
  })

  it('whose jobs wait for a person is told', async () => {
    forge.known.environments.set('tidemark-apply', { branches: ['main'], reviewers: 2, names })

    expect(await wrongs()).toEqual(['warning FORGE_ENVIRONMENT_WAITS'])
  })
})

describe('a workflow', () => {
  it.each([
    [undefined, 'warning FORGE_NO_WORKFLOW'],
    ['disabled_manually', 'warning FORGE_WORKFLOW_OFF'],
    ['disabled_inactivity', 'error FORGE_WORKFLOW_OFF'],
  ])('whose state is %s is told', async (state, told) => {
    if (state === undefined) forge.known.workflows.delete('tidemark-backup.yml')
    else forge.known.workflows.set('tidemark-backup.yml', state)

    expect(await wrongs()).toEqual([told])
  })
})

describe('what the forge refuses to tell', () => {
  it('that lacks what workflows take from it is told with the names; where the token may not see them, that is told', async () => {
    forge.known.environments.set('tidemark-plan', { branches: ['main'], reviewers: 0, names: ['TIDEMARK_APP_ID'] })

    expect(await wrongs()).toEqual(['warning FORGE_SECRET_MISSING'])
    expect(await messagesOf('FORGE_SECRET_MISSING')).toEqual([expect.stringContaining('tidemark-plan does not hold SOPS_AGE_KEY,')])
    forge.known.environments.set('tidemark-plan', { branches: ['main'], reviewers: 0, names: undefined })
    expect(await wrongs()).toEqual([])
    expect(await messagesOf('FORGE_SECRETS_UNTOLD')).toHaveLength(1)
  })

  it('is a finding and does not hide the next', async () => {
    forge.forbidden.add('rules').add('self')
    forge.known.environments.delete('tidemark-plan')

    expect(await wrongs()).toEqual(['error FORGE_FORBIDDEN', 'error FORGE_FORBIDDEN', 'error FORGE_NO_ENVIRONMENT'])
    expect(await messagesOf('FORGE_FORBIDDEN')).toEqual(['The token may not ask for self.', 'The token may not ask for rules.'])
  })

  it('stays an error of ours where it is one', async () => {
    forge.known.rules = () => {
      throw new Error('a slip of the code')
    }

    await expect(doctorForge(forge, expected)).rejects.toThrow('a slip of the code')
  })
})
