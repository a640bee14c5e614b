import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { githubFiles, workflows } from '../../src/wiring/github-files.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { evaluate, filledIn, isTrue, type Value } from '../e2e/workflow-expressions.ts'
import { type Rule, releaseRules, rules, type Workflow } from './workflow-rules.ts'

const action = `tidemark/tidemark-action@${'0123456789abcdef'.repeat(3).slice(0, 40)}`
// Some of these names YAML would take for something else.
const sites = ['acme', 'null', '010', 'true']

function filesFor(names: readonly string[]) {
  const text = `format: 1\nsites:\n${names
    .map((name) => `  '${name}': {url: "https://${name}.atlassian.net", products: {jira: {}}}\n`)
    .join('')}repository: {github: acme/jira-config}\n`
  return githubFiles(readSettings(text), { repository: 'acme/jira-config', action }).texts
}

function workflowsFor(names: readonly string[]): readonly Workflow[] {
  const texts = filesFor(names)
  return workflows.map((file) => ({ file, text: texts.get(`.github/workflows/${file}`) ?? '' }))
}

const ours = [...workflowsFor(['acme']), ...workflowsFor(sites)]

function workflowNamed(file: string): Workflow {
  return ours.find((workflow) => workflow.file === file) as Workflow
}

interface Job {
  readonly if?: string
  readonly concurrency: { readonly group: string }
}

interface Change {
  readonly replace?: string
  readonly pattern?: string
  readonly by: string
}

type Careless<In = object> = Readonly<Record<string, readonly (Change & In)[]>>

/** For each rule: workflows of ours, and what a careless hand would change in them. */
const careless = read<Careless<{ readonly in: string }>>('careless.yaml')
const carelessRelease = read<Careless>('careless-release.yaml')

function read<Value>(file: string): Value {
  return load(readFileSync(new URL(file, import.meta.url), 'utf8')) as Value
}

/** What a rule says after a hand has changed a workflow, and that it has. */
function judged(rule: Rule, { file, text }: Workflow, { pattern, replace = '', by }: Change): readonly string[] {
  const changed = pattern === undefined ? text.replaceAll(replace, () => by) : text.replace(new RegExp(pattern), by)
  expect(changed).not.toBe(text)
  return rule({ file, text: changed })
}

describe.each(Object.entries(rules))('a workflow of ours %s', (name, rule) => {
  it('and that holds for every one, for one site and for several', () => {
    expect(ours.flatMap((workflow) => rule(workflow).map((place) => `${workflow.file}: ${place}`))).toEqual([])
  })

  it.each(careless[name] ?? [])('and the rule tells when a hand changes $in', (change) => {
    expect(judged(rule, workflowNamed(change.in), change)).not.toEqual([])
  })
})

describe.each(Object.entries(releaseRules))('the workflow that releases %s', (name, rule) => {
  const release = { file: 'release.yml', text: readFileSync(new URL('../../.github/workflows/release.yml', import.meta.url), 'utf8') }

  it('and that holds', () => {
    expect(rule(release)).toEqual([])
  })

  it.each(carelessRelease[name] ?? [])('and the rule tells when a hand writes $by', (change) => {
    expect(judged(rule, release, change)).not.toEqual([])
  })
})

describe('the rules', () => {
  it('each have a workflow that breaks them', () => {
    expect(Object.keys(careless)).toEqual(Object.keys(rules))
    expect(Object.keys(carelessRelease)).toEqual(Object.keys(releaseRules))
  })
})

describe('the workflows', () => {
  it('give each site a job with its own credentials alone, where the site is known', () => {
    const backup = load(workflowsFor(['acme', 'eu-prod']).find(({ file }) => file === 'tidemark-backup.yml')?.text ?? '') as {
      jobs: Record<string, { steps: { with: object; env?: Record<string, string> }[] }>
    }

    expect(Object.keys(backup.jobs)).toEqual(['backup-acme', 'backup-eu-prod'])
    expect(backup.jobs['backup-eu-prod']?.steps[1]?.with).toMatchObject({ command: 'backup', site: 'eu-prod' })
    expect(Object.keys(backup.jobs['backup-eu-prod']?.steps[1]?.env ?? {}).filter((name) => /_TOKEN$|_EMAIL$/.test(name))).toEqual([
      'TIDEMARK_EU_PROD_EMAIL',
      'TIDEMARK_EU_PROD_TOKEN',
    ])
  })

  it('name sites as text, also those that YAML would read as something else', () => {
    const backup = load(ours.filter(({ file }) => file === 'tidemark-backup.yml')[1]?.text ?? '') as {
      jobs: Record<string, { steps: { with: { site?: unknown } }[] }>
    }

    expect(Object.values(backup.jobs).map(({ steps }) => steps[1]?.with.site)).toEqual(sites)
  })

  it('wait for the check by the name that it has', () => {
    const [check, plan] = ['tidemark-check.yml', 'tidemark-plan.yml'].map(
      (file) => load(workflowNamed(file).text) as Record<string, unknown>,
    )

    expect(plan?.['on']).toMatchObject({ workflow_run: { workflows: [check?.['name']], types: ['completed'] } })
  })

  it('let a check of a merge queue wait for no other, and start no plan', () => {
    const [check, plan] = ['tidemark-check.yml', 'tidemark-plan.yml'].map(
      (file) => Object.values((load(workflowNamed(file).text) as { jobs: Record<string, Job> }).jobs)[0] as Job,
    )
    const group = (event: Value) => filledIn(check?.concurrency.group ?? '', { github: { event } })
    const plans = (of: Value) =>
      isTrue(evaluate(plan?.if ?? '', { github: { repository: 'acme/config', event: { workflow_run: { ...ran, ...(of as object) } } } }))
    const ran = { event: 'pull_request', conclusion: 'success', head_repository: { full_name: 'acme/config' }, head_branch: 'requests/r1' }

    expect(group({ pull_request: { number: 7 } })).toBe('tidemark-check-7')
    expect(group({ merge_group: { head_sha: 'abc' } })).toBe('tidemark-check-abc')
    expect(plans({})).toBe(true)
    expect(plans({ event: 'merge_group' })).toBe(false)
    expect(plans({ head_branch: 'gh-readonly-queue/main/pr-7-abc' })).toBe(false)
  })

  it('give a drill no credentials of a site', () => {
    expect(workflowNamed('tidemark-backup.yml').text).toContain('TIDEMARK_ACME_TOKEN')
    expect(workflowNamed('tidemark-drill.yml').text).not.toContain('TIDEMARK_ACME')
  })

  it('start backups when the settings let them, never at a full hour, and not all at the same minute', () => {
    const at = (repository: string, schedule: string) => {
      const text = `format: 1\nsites: {acme: {url: "https://acme.atlassian.net", products: {jira: {}}, schedule: ${schedule}}}\n`
      const file = githubFiles(readSettings(text), { repository, action }).texts.get('.github/workflows/tidemark-backup.yml') ?? ''
      const [, minute, hour] = /cron: '(\d+) (\d+) \* \* \*'/.exec(file) ?? []
      return Number(hour) * 60 + Number(minute)
    }
    const times = Array.from({ length: 40 }, (_, index) => at(`acme/config-${index}`, '{from: "23:30", to: "01:15"}'))

    for (const time of times) {
      expect(time >= 23 * 60 + 30 || time <= 75).toBe(true)
      expect(time % 60).not.toBe(0)
    }
    expect(new Set(times).size).toBeGreaterThan(20)
  })
})
