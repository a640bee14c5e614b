import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, desk, leaksIn } from './kit.ts'

interface Status {
  readonly id: string
  readonly name: string
  readonly description: string
}

interface Shown {
  readonly format: number
  readonly plan: { readonly digest: string; readonly steps: readonly { readonly verb: string; readonly address: string }[] }
  readonly states: Readonly<Record<string, string>>
}

const secretText = 'Only key holders may read this: Zanzibar'
const id = 'bring-it-back'

let at: Desk

beforeAll(async () => {
  at = await desk()
  expect(await at.init()).toMatchObject({ code: 0 })
  const statuses = at.site.state.store<Status>('status')
  const types = at.site.state.store<{ id: string; name: string; hierarchyLevel: number }>('issue-type')
  const toDo = [...statuses.all()].find(({ name }) => name === 'To Do')
  const task = [...types.all()].find(({ name }) => name === 'Task')
  statuses.change(toDo?.id ?? '', { description: secretText })
  expect((await at.run(['backup', '--quiet'])).code).toBe(0)
  statuses.change(toDo?.id ?? '', { description: 'Changed by mistake' })
  types.change(task?.id ?? '', { hierarchyLevel: -1 })
  expect((await at.run(['backup', '--quiet'])).stdout).toContain('2 changed')
  const asked = await at.run(['restore', '--from', 'HEAD~1', '--select', 'jira/status', 'jira/issue-type', '--id', id])
  expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining(`Next: tidemark plan ${id}`) })
})

afterAll(() => at?.[Symbol.asyncDispose]())

describe('tidemark plan', () => {
  it('tells what will happen, what is left to people and where, and the next command, and writes nothing to the site', async () => {
    const ran = await at.run(['plan', id])

    expect(ran).toMatchObject({ code: 2, stderr: '' })
    expect(ran.stdout).toMatch(/^Plan for acme\n {2}site +acme, http:\/\/127\.0\.0\.1:\d+, cloudId [0-9a-f-]{36}\n/)
    expect(ran.stdout).toMatch(/^ {2}source +acme at [0-9a-f]{12}, \d{4}-\d\d-\d\d \d\d:\d\dZ$/m)
    expect(ran.stdout).toMatch(/\n\n2 steps: 1 will change, 1 manual\.\n\n/)
    expect(ran.stdout).toMatch(/\n {4}will change +jira\/status\/to-do {2}\(modified\)\n {8}at \/description\n/)
    expect(ran.stdout).toMatch(/\n {4}nothing +\d+ more, no change\n/)
    expect(ran.stdout).toContain(`\n      open ${at.site.url}/secure/admin/ViewIssueTypes.jspa\n      at /hierarchyLevel, /subtask\n`)
    expect(ran.stdout).toMatch(new RegExp(`\n\nNext: tidemark apply ${id} --site acme\n$`))
    expect(ran.stdout).not.toMatch(/Zanzibar|Changed by mistake/)
    expect(leaksIn(ran, at)).toEqual([])
    expect(at.site.counters.writes).toBe(0)
  })

  it('names a command that shows the values to key holders', async () => {
    const { stdout } = await at.run(['plan', id])
    const [, words = ''] = /the values: tidemark (.*)/.exec(stdout) ?? []

    const shown = await at.run(words.split(' '))

    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('hierarchyLevel: 0') })
  })

  it('prints the same as Markdown, marked so that a comment can be found again', async () => {
    const { code, stdout } = await at.run(['plan', id, '--markdown'])

    expect(code).toBe(2)
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      `<!-- tidemark:plan acme ${id} -->`,
      '### Plan for `acme`',
      '',
      '**2 steps: 1 will change, 1 manual.**',
    ])
    expect(stdout).toContain('- will change `jira/status/to-do` (modified) at `/description`\n')
    expect(stdout).not.toMatch(/Zanzibar|Changed by mistake/)
  })

  it('prints all of it as one versioned object, with the states of what was selected', async () => {
    const { code, stdout } = await at.run(['plan', id, '--json'])
    const shown: Shown = JSON.parse(stdout)

    expect({ code, lines: stdout.trimEnd().split('\n').length }).toEqual({ code: 2, lines: 1 })
    expect(shown).toMatchObject({ format: 1, verb: 'plan', site: 'acme', id, kind: 'restore', applicable: true })
    expect(shown.plan.steps.map(({ verb, address }) => `${verb} ${address}`)).toEqual([
      'manual jira/issue-type/task',
      'update jira/status/to-do',
    ])
    expect(shown.states).toMatchObject({ 'jira/status/to-do': 'modified', 'jira/issue-type/task': 'modified' })
    expect(new Set(Object.values(shown.states))).toEqual(new Set(['modified', 'no change']))
    expect(at.git('show', `tidemark/requests/${id}:plan.json`)).toContain(shown.plan.digest)
  })
})

describe('tidemark apply', () => {
  it('counts steps as they end, then tells what is left to people and how that is ticked', async () => {
    const ran = await at.run(['apply', id])

    expect(ran.code).toBe(5)
    expect(ran.stderr).toMatch(/^\[1\/2\] /)
    expect(ran.stderr).toMatch(/^\[\d\/2\] done +update jira\/status\/to-do$/m)
    expect(ran.stdout).toContain(`[ ] Work type: jira/issue-type/task`)
    expect(ran.stdout).toContain(`tidemark restore check ${id} --site acme`)
    expect(ran.stdout).toMatch(/\n\nacme: 1 step done, 0 failed, 0 skipped, 1 left to you; snapshot [0-9a-f]{12}\.\n$/)
    expect([...at.site.state.store<Status>('status').all()].find(({ name }) => name === 'To Do')?.description).toBe(secretText)
  })

  it('leaves a plan that says so where nothing is left to do', async () => {
    const types = at.site.state.store<{ id: string; name: string; hierarchyLevel: number }>('issue-type')
    types.change([...types.all()].find(({ name }) => name === 'Task')?.id ?? '', { hierarchyLevel: 0 })

    const [checked, again] = [await at.run(['restore', 'check', id]), await at.run(['plan', id])]

    expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('[x] jira/issue-type/task') })
    expect(again.code).toBe(0)
    expect(again.stdout).toMatch(/\n\nNothing to do\.\n\n/)
    expect(again.stdout).toMatch(/\n\nNothing to do: the site is as the request wants it\.\n$/)
  })
})
