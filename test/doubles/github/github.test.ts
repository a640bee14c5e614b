import { execFile, execFileSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { git, placeIn, plain, temporaryFolder } from '../../repository/kit.ts'
import { type GithubDouble, type GithubDoubleOptions, startGithub } from './github.ts'

const folder = temporaryFolder()

async function github(options: GithubDoubleOptions = {}): Promise<GithubDouble> {
  const double = await startGithub({ people: { ann: 'admin', ben: 'write', cas: 'write' }, ...options })
  onTestFinished(() => double.close())
  return double
}

function remoteOf(double: GithubDouble, token: string): string {
  return double.gitUrl.replace('http://', `http://x-access-token:${token}@`)
}

/** In a process of its own that this one does not wait for: the server is in this one. */
async function pushing(double: GithubDouble, token: string, change: (clone: string) => void): Promise<string> {
  const clone = placeIn(folder, 'clone')
  const running = (...args: string[]) =>
    new Promise<string>((resolve) => {
      execFile('git', args, { env: { ...plain, GIT_TERMINAL_PROMPT: '0' } }, (error, _out, told) => resolve(error === null ? '' : told))
    })
  const told = await running('clone', '--quiet', remoteOf(double, token), clone)
  if (told !== '') return told
  change(clone)
  return running('-C', clone, 'push', '--quiet', 'origin', 'HEAD')
}

function commitIn(clone: string, branch: string, file: string, text: string): void {
  git(clone, 'checkout', '--quiet', '-B', branch)
  execFileSync('sh', ['-c', 'mkdir -p "$(dirname "$1")" && printf %s "$2" > "$1"', 'sh', file, text], { cwd: clone })
  git(clone, 'add', '.')
  git(clone, 'commit', '--quiet', '-m', 'by git')
}

describe('the double of GitHub', () => {
  it('lets git clone and push with a token that may, and notices who pushed', async () => {
    const double = await github()
    const { token } = double.app('tidemark-acme', { contents: 'write' })

    expect(await pushing(double, token, (clone) => commitIn(clone, 'sites/acme', 'a.yaml', '1'))).toBe('')

    expect(double.branch('sites/acme')).toMatch(/^[0-9a-f]{40}$/)
    expect(double.events('push').map(({ payload, startsWorkflows }) => [payload['ref'], startsWorkflows])).toEqual([
      ['refs/heads/sites/acme', true],
    ])
  })

  it('refuses a push by a token that may only read, and a clone by one that it does not know', async () => {
    const double = await github()
    const reading = double.githubToken({ contents: 'read' })

    expect(await pushing(double, reading, (clone) => commitIn(clone, 'x', 'a', '1'))).not.toBe('')
    expect(await pushing(double, 'ghs_unknown', () => {})).not.toBe('')
    expect(double.branch('x')).toBeUndefined()
  })

  it('refuses a push to a branch with rules, and a workflow pushed with GITHUB_TOKEN; what that one pushes starts nothing', async () => {
    const double = await github()
    double.protect('main', {})
    const token = double.githubToken({ contents: 'write' })

    expect(await pushing(double, token, (clone) => commitIn(clone, 'main', 'a', '1'))).toContain('GH013')
    expect(await pushing(double, token, (clone) => commitIn(clone, 'x', '.github/workflows/a.yml', '1'))).toContain('refusing to allow')
    expect(await pushing(double, token, (clone) => commitIn(clone, 'y', 'a', '1'))).toBe('')
    expect(double.events('push').map(({ startsWorkflows }) => startsWorkflows)).toEqual([false])
  })

  it('lets only those push past the rules whom the rules name, also by a pattern', async () => {
    const double = await github()
    const allowed = double.app('tidemark-acme', { contents: 'write' })
    const other = double.app('other', { contents: 'write' })
    double.protect('sites/*', { bypass: ['tidemark-acme[bot]'] })

    expect(await pushing(double, other.token, (clone) => commitIn(clone, 'sites/acme', 'a', '1'))).toContain('GH013')
    expect(await pushing(double, allowed.token, (clone) => commitIn(clone, 'sites/acme', 'a', '1'))).toBe('')
  })

  it('tells what a workflow finds at GITHUB_EVENT_PATH: a run that ended, a form that was filled in, a comment', async () => {
    const double = await github()
    double.as('ben').push('x', { 'x.txt': 'x' })
    const number = double.as('ben').open({ branch: 'x' })
    const said = double.as('ben').comment(number, '/plan')
    double.completeRun(number, 'tidemark-check')
    double.as('ben').dispatch('tidemark-request.yml', { kind: 'restore' })

    const [run] = double.events('workflow_run')
    expect(run?.payload).toMatchObject({ action: 'completed', workflow_run: { event: 'pull_request', pull_requests: [{ number }] } })
    expect(double.events('workflow_dispatch')[0]?.payload).toMatchObject({ inputs: { kind: 'restore' }, sender: { login: 'ben' } })
    expect(double.events('issue_comment')[0]?.payload).toMatchObject({
      ...{ action: 'created', issue: { number, pull_request: {} }, comment: { id: said, body: '/plan' } },
    })
  })

  it.each([
    ['merge', 2],
    ['squash', 1],
    ['rebase', 1],
  ] as const)('merges by %s, with a new commit of %i parents and the same files', async (method, parents) => {
    const double = await github()
    const head = double.as('ben').push('x', { 'x.txt': 'x' })
    double.as('ann').push('main', { 'y.txt': 'y' })

    const commit = double.as('ann').merge(double.as('ben').open({ branch: 'x' }), { method })

    expect(commit).not.toBe(head)
    expect(git(double.path, 'rev-list', '--parents', '-1', commit).split(' ')).toHaveLength(parents + 1)
    expect(git(double.path, 'ls-tree', '--name-only', commit).split('\n')).toEqual(['README.md', 'x.txt', 'y.txt'])
  })

  it('merges neither what conflicts, nor what moved, nor what lacks an approval', async () => {
    const double = await github()
    double.as('ben').push('x', { 'README.md': 'ours' })
    const number = double.as('ben').open({ branch: 'x' })
    double.as('ann').push('main', { 'README.md': 'theirs' })
    expect(() => double.as('ann').merge(number)).toThrow('not mergeable')

    double.as('ben').push('z', { 'z.txt': '1' })
    const other = double.as('ben').open({ branch: 'z' })
    double.protect('main', { approvals: 1 })
    expect(() => double.as('cas').merge(other)).toThrow('approving review')
    double.as('cas').approve(other)
    expect(() => double.as('cas').merge(other, { sha: '0'.repeat(40) })).toThrow('modified')
    expect(double.as('cas').merge(other)).toBe(double.branch('main'))
  })

  it('lets nobody approve their own pull request, and nobody write who may not', async () => {
    const double = await github()
    double.as('ben').push('x', { 'x.txt': 'x' })
    const number = double.as('ben').open({ branch: 'x' })

    expect(() => double.as('ben').approve(number)).toThrow('your own')
    expect(() => double.as('eve').push('x', { 'x.txt': 'y' })).toThrow('access')
    expect(() => double.as('eve').comment(number, 'hello')).toThrow('access')
  })

  it('names the new head for an old approval after a forced push, and dismisses approvals where the rules say so', async () => {
    const double = await github()
    double.as('ben').push('x', { 'x.txt': 'x' })
    const number = double.as('ben').open({ branch: 'x' })
    double.as('ann').approve(number)
    const reviews = async () => {
      const answer = await fetch(`${double.url}/repos/acme/config/pulls/${number}/reviews`, {
        headers: { authorization: `Bearer ${double.userToken('ann')}` },
      })
      return (await answer.json()) as { state: string; commit_id: string }[]
    }
    const head = double.as('ben').forcePush('x', { 'x.txt': 'evil' })

    expect(await reviews()).toMatchObject([{ state: 'APPROVED', commit_id: head }])
    double.protect('main', { dismissStale: true })
    double.as('ben').push('x', { 'x.txt': 'more' })
    expect(await reviews()).toMatchObject([{ state: 'DISMISSED' }])
  })

  it('closes a pull request whose branch is deleted', async () => {
    const double = await github()
    double.as('ben').push('x', { 'x.txt': 'x' })
    const number = double.as('ben').open({ branch: 'x' })
    double.as('ben').deleteBranch('x')

    expect(double.pull(number).state).toBe('closed')
  })
})
