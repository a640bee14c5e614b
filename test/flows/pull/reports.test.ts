// I5 on GitHub: what a pull request tells of a site, and to whom.
import { describe, expect, it } from 'vitest'
import { applyEmergency } from '../../../src/flows/pull/emergency.ts'
import { planPull } from '../../../src/flows/pull/plan-pull.ts'
import type { CommitId } from '../../../src/repository/repository.ts'
import { makeStatuses, makeWorkflow, scriptRules } from '../../fixtures/jira/fixture.ts'
import { gitWithInput } from '../../repository/kit.ts'
import { editWorkflow, type WorkflowRead } from '../stories/kit.ts'
import { type Desk, desk, timeout } from './kit.ts'

// Ten texts that stood there and ten that stand there now, such that no slug equals them.
const planted = Array.from({ length: 20 }, (_, index) => `Canary.${'abcdefghijklmnopqrst'[index]}.Wpqk`)
const [then, now] = [planted.slice(0, 10), planted.slice(10)]
const places = ['Waits', 'Asks', 'Pays', 'Ships', 'Ends']

const scripts = (secrets: readonly string[]) => scriptRules(secrets.slice(0, 5))

/** Puts the texts where people put secrets, ten after ten, each with a snapshot. Answers the first. */
async function plant(at: Desk): Promise<CommitId> {
  const { admin } = at.whole
  const statuses = await makeStatuses(admin, ...places.map((name) => [name, 'TODO'] as const))
  const describeAll = async (secrets: readonly string[]) => {
    for (const [index, name] of places.entries()) await at.describe(name, `Ask for ${secrets[5 + index]}`)
  }
  const id = await makeWorkflow(admin, 'Paying', statuses, [
    { name: 'Begin', to: 0, type: 'INITIAL' },
    ...places.slice(1).map((name, index) => ({
      name: `To ${name}`,
      to: index + 1,
      from: [index],
      ...(index === 0 ? { more: { actions: scripts(then) } } : {}),
    })),
  ])
  await describeAll(then)
  await at.night()
  const first = (await at.repository.head(at.whole.branch)) as CommitId
  await editWorkflow(admin, id, (workflow) => ({
    ...workflow,
    transitions: workflow.transitions
      .filter(({ name }) => name !== 'To Ends')
      .map((one) => (one.name === 'To Asks' ? { ...one, actions: scripts(now) } : one)) as WorkflowRead['transitions'],
    statuses: workflow.statuses.slice(0, 4),
  }))
  await describeAll(now)
  await at.night()
  return first
}

/** All that anybody may read of the repository on GitHub. */
function readable({ github }: Desk): string {
  const { path } = github
  const objects = gitWithInput(path, '', 'cat-file', '--batch-all-objects', '--batch')
  return [objects, JSON.stringify(github.events()), JSON.stringify(github.issues()), ...shownOn(github)].join('\n')
}

function shownOn(github: Desk['github']): readonly string[] {
  const numbers = github.events('pull_request').map(({ payload }) => (payload as { number: number }).number)
  return [...new Set(numbers)].flatMap((number) => [
    github.pull(number).body,
    JSON.stringify(github.comments(number)),
    JSON.stringify(github.checks(github.pull(number).headCommit)),
  ])
}

const found = (text: string) => planted.filter((secret) => text.includes(secret))
const select = ['jira/workflow/paying', ...places.map((name) => `jira/status/${name.toLowerCase()}`)]

describe('twenty planted secrets', { timeout }, () => {
  it('stand in no comment, check, issue or branch, whatever becomes of the request', async () => {
    await using at = await desk()
    const first = await plant(at)
    const { number, id } = await at.propose(await at.askFrom(first, select))
    expect((await at.life(id)).plan?.steps).toHaveLength(6)
    at.bob.approve(number)
    at.ann.merge(number)
    await at.describe('Ships', `Ask for ${then[8]}`)
    const stale = await at.apply(id)
    const next = stale.what === 'refused' ? (stale.followUp?.number ?? 0) : 0
    at.bob.approve(next)
    at.ann.merge(next)
    expect(await at.apply(`${id}-again-2`)).toMatchObject({ what: 'applied', result: { failed: 0, skipped: 0 } })
    const edited = await at.edit('Taken', `Ask for ${then[9]}`)
    at.bob.approve(edited.number)
    const reason = 'All work items are stuck, and nobody else is awake.'
    expect((await applyEmergency(at.setting, edited.id, { by: 'ann', reason })).applied.result?.state).toBe('success')

    const all = readable(at)
    expect(all).toContain('jira/workflow/paying')
    expect(all).toContain('nobody else is awake')
    expect(found(all)).toEqual([])
    expect(at.described('Taken')).toContain(then[9])
  })
})

describe('reports: values', { timeout }, () => {
  it.each(['internal', 'public'] as const)(
    'shows values and drawings in a private repository, and in an %s one neither',
    async (visibility) => {
      await using at = await desk()
      const first = await plant(at)
      const { number } = await at.propose(await at.askFrom(first, select))
      const values = at.under({ values: true })
      expect(at.told(number).join()).not.toMatch(/mermaid|Ask for/)

      await planPull(values, number)
      const [shown = ''] = at.told(number)
      expect(shown).toContain(`Ask for ${then[6]}`)
      expect(shown).toContain(`Ask for ${now[6]}`)
      expect(shown).toMatch(/"sealed [0-9a-f]{8}"/)
      expect(shown).not.toContain('http.token')
      expect(shown.match(/```mermaid/g)).toHaveLength(2)
      expect(shown).toMatch(/Before\n\n```mermaid[^`]*Ships[^`]*```\n\nAfter\n\n```mermaid[^`]*Ends/)

      at.github.setVisibility(visibility)
      await planPull(values, number)
      expect(at.told(number)).toHaveLength(1)
      expect(at.told(number).join()).not.toMatch(/mermaid|Ask for|Canary/)
      expect(JSON.stringify(at.check(number))).not.toMatch(/mermaid|Ask for|Canary/)
    },
  )
})
