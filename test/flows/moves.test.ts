// A request says where work items go whose status goes: read from its file, planned, approved, applied, and sent again by whoever resumes.
import { describe, expect, it } from 'vitest'
import { planAsMarkdown } from '../../src/engine/plan-markdown.ts'
import { planAsText } from '../../src/engine/render-plan.ts'
import type { Written } from '../../src/flows/ask.ts'
import type { Address } from '../../src/model/address.ts'
import type { Json } from '../../src/model/json.ts'
import { requestFileOf } from '../../src/repository/layout.ts'
import type { ProjectRow } from '../../src/simulator/collections/project-row.ts'
import type { StatusRow } from '../../src/simulator/collections/status.ts'
import { makeProject, makeStatuses, makeWorkflow } from '../fixtures/jira/fixture.ts'
import { errorsOf, everythingOn, rowCalled, rowsOf, type Story, story } from './stories/kit.ts'

const asking: Address = 'jira/workflow/asking'

/** A space that follows the workflow Asking, with 12 work items in Checked; and the request to take Checked out of the workflow. */
async function withoutChecked(tale: Story): Promise<Written> {
  const { admin, site } = tale
  const statuses = await makeStatuses(admin, ['Asked', 'TODO'], ['Checked', 'IN_PROGRESS'], ['Judged', 'IN_PROGRESS'], ['Answered', 'DONE'])
  await makeWorkflow(admin, 'Asking', statuses, [
    { name: 'Ask', to: 0, type: 'INITIAL' },
    { name: 'Check', to: 1, from: [0] },
    { name: 'Judge', to: 2, type: 'GLOBAL' },
    { name: 'Answer', to: 3, type: 'GLOBAL' },
  ])
  const scheme = { name: 'Asking scheme', description: '', defaultWorkflow: 'Asking', issueTypeMappings: {} }
  const { id: workflowScheme } = await admin.post<{ id: number }>('/rest/api/3/workflowscheme', { body: scheme })
  const projectId = await makeProject(admin, 'ASK', 'Questions', { workflowScheme })
  const [type] = rowsOf(site, 'issue-type')
  const issues = { [type?.id ?? '']: { [statuses[1] ?? '']: 12 } }
  site.state.store<ProjectRow>('project').change(projectId, { issues })
  await tale.night()
  return tale.edit(asking, async ({ address, spec }) => {
    type Spec = { statuses: { statusReference: string }[]; transitions: { name: string }[] }
    const { statuses: all, transitions, ...rest } = spec as unknown as Spec
    const left = {
      ...rest,
      statuses: all.filter(({ statusReference }) => statusReference !== 'jira/status/checked'),
      transitions: transitions.filter(({ name }) => name !== 'Check'),
    }
    return { address, spec: left as unknown as Json }
  })
}

/** A person writes into the request's file what the plan offered, with other statuses. */
async function say(tale: Story, { request: { id }, branch }: Written, moves: string): Promise<void> {
  const file = requestFileOf(id)
  const text = tale.whole.git('show', `${branch}:${file}`).replace(/\nmoves:\n(?: .*\n?)*/, '\n')
  await tale.put(branch, { [file]: `${text.trimEnd()}\n${moves}` })
}

/** How many work items the space holds, by the name of their status. */
function heldIn({ site }: Story): Readonly<Record<string, number>> {
  const { issues } = rowCalled<ProjectRow>(site, 'project', 'Questions')
  const names = new Map(rowsOf<StatusRow>(site, 'status').map(({ id, name }) => [id, name]))
  const counts = Object.values(issues).flatMap((of) => Object.entries(of).map(([id, count]) => [names.get(id), count] as const))
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

async function refused(tale: Story, asked: Written, code: string): Promise<void> {
  const before = everythingOn(tale.site)
  tale.site.resetCounters()
  await expect(tale.apply(asked)).rejects.toMatchObject({ code })
  expect(tale.site.counters.writes).toBe(0)
  expect(everythingOn(tale.site)).toBe(before)
}

const toAnswered = 'moves:\n  jira/workflow/asking:\n    jira/status/checked: jira/status/answered\n'

describe('where work items go whose status goes', () => {
  it('is offered by the plan, said in the request, approved anew, and done so', async () => {
    await using tale = await story()
    const asked = await withoutChecked(tale)
    const { digest } = await tale.plan(asked)

    const report = await tale.told(asked)
    const offered = 'moves:\n  jira/workflow/asking:\n    jira/status/checked: jira/status/judged\n'
    expect(planAsText(report)).toContain(offered.replace(/^(?=.)/gm, '    '))
    expect(planAsMarkdown(report)).toContain(`\n\`\`\`yaml\n${offered}\`\`\`\n`)
    expect(planAsText(report)).toContain('12 work items in it go to jira/status/judged.')

    await say(tale, asked, offered.replace('judged', 'answered'))
    await refused(tale, asked, 'PLAN_STALE')

    const plan = await tale.plan(asked)
    expect(plan.digest).not.toBe(digest)
    expect(plan.findings.map(({ level, message }) => [level, message])).toEqual([
      [
        'warning',
        'jira/workflow/asking will not have the status jira/status/checked: 12 work items in it go to jira/status/answered, as the request says.',
      ],
    ])
    expect(planAsText(await tale.told(asked))).toContain(toAnswered.replace(/^(?=.)/gm, '    '))

    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 1, failed: 0 })
    expect(heldIn(tale)).toEqual({ Answered: 12 })
    const after = await tale.plan(asked)
    expect([after.steps, errorsOf(after), after.findings.map(({ code }) => code)]).toEqual([[], [], ['PLAN_MOVE_OVER']])
  })

  it('is chosen where the request says nothing', async () => {
    await using tale = await story()
    const asked = await withoutChecked(tale)
    await tale.plan(asked)

    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 1 })
    expect(heldIn(tale)).toEqual({ Judged: 12 })
  })

  it('is sent by whoever resumes as it was approved, whatever the request says since', async () => {
    await using tale = await story()
    const asked = await withoutChecked(tale)
    await say(tale, asked, toAnswered)
    await tale.plan(asked)
    const cut = tale.apply(asked, {
      tell: () => {
        throw new Error('The process ended.')
      },
    })
    await expect(cut).rejects.toThrow('The process ended.')
    expect(heldIn(tale)).toEqual({ Checked: 12 })
    await say(tale, asked, toAnswered.replace('answered', 'asked'))

    expect((await tale.resume(asked)).result).toMatchObject({ state: 'success', done: 1, failed: 0 })
    expect(heldIn(tale)).toEqual({ Answered: 12 })
  })
})

describe('what a request says of work items and cannot be done', () => {
  const said: readonly (readonly [string, string, string, string])[] = [
    ['an object that the plan does not change', 'jira/workflow/asking', 'jira/workflow/jira', 'PLAN_MOVE_UNFIT'],
    ['an object that is nowhere', 'jira/workflow/asking', 'jira/workflow/never-was', 'PLAN_MOVE_UNFIT'],
    ['a status that stays', 'jira/status/checked', 'jira/status/judged', 'PRODUCT_MOVE_UNFIT'],
    ['a status that is nowhere', 'jira/status/checked', 'jira/status/never-was', 'PLAN_MOVE_UNFIT'],
    ['a status that the workflow does not have', 'jira/status/answered', 'jira/status/done', 'PRODUCT_MOVE_UNFIT'],
    ['a status as the end that is nowhere', 'jira/status/answered', 'jira/status/never-was', 'PLAN_MOVE_UNFIT'],
    ['a status as the end that goes too', 'jira/status/answered', 'jira/status/checked', 'PRODUCT_MOVE_UNFIT'],
    ['something that is no status', 'jira/status/answered', 'jira/project/questions', 'PLAN_MOVE_UNFIT'],
  ]
  it('stops the plan, with a cure, and nothing is written', async () => {
    await using tale = await story()
    const asked = await withoutChecked(tale)
    for (const [title, right, wrong, code] of said) {
      await say(tale, asked, toAnswered.replace(right, wrong))
      const { findings } = await tale.plan(asked)
      const errors = findings.filter(({ level }) => level === 'error')

      expect(
        errors.map((finding) => finding.code),
        title,
      ).toEqual([code])
      expect(errors[0]?.cure, title).toContain('out of moves')
      await refused(tale, asked, 'PLAN_NOT_APPLICABLE')
    }
    await say(tale, asked, toAnswered.replace('jira/workflow/asking', 'Asking'))
    await refused(tale, asked, 'REQUEST_INVALID')
    expect(heldIn(tale)).toEqual({ Checked: 12 })
  })
})
