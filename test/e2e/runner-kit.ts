// A runner of GitHub Actions: takes what happens on the double, and runs the jobs of the workflows that `init --github` wrote, with the bundled action.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { root } from '../../scripts/generate/sources.ts'
import { outputsIn } from '../action/kit.ts'
import { mergedCommit } from '../doubles/github/git.ts'
import type { GithubDouble } from '../doubles/github/github.ts'
import type { EventRow, Permissions } from '../doubles/github/state.ts'
import { git } from '../repository/kit.ts'
import { compileCache } from '../support/compile-cache.ts'
import { startAction } from './start-action.ts'
import { evaluate, filledIn, isTrue, type Value } from './workflow-expressions.ts'

/** What an environment of the repository gives to its jobs. */
export interface EnvironmentValues {
  readonly secrets: Readonly<Record<string, string>>
  readonly vars: Readonly<Record<string, string>>
}

/** How a job ended. */
export interface JobRun {
  /** Name of the workflow's file without its ending. */
  readonly workflow: string
  readonly event: EventRow
  readonly code: number | null
  /** As it came. */
  readonly stdout: string
  readonly stderr: string
  /** What the page of the job shows: the commands that hide secrets are taken out of it. */
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  /** The variables that its step was given. */
  readonly environment: Readonly<Record<string, string>>
  /** Home, temporary folder and workspace of the job. */
  readonly folder: string
}

export interface RunnerSetting {
  readonly github: GithubDouble
  /** Where jobs get their folders. */
  readonly folder: string
  /** By name; a job without one, or of a pull request's own ref, gets none of it. */
  readonly environments: Readonly<Record<string, EnvironmentValues>>
  /** Secrets of the machine that jobs with an environment also hold. */
  readonly also?: Readonly<Record<string, string>>
}

export interface Runner {
  /** Every job so far. */
  readonly runs: readonly JobRun[]
  /** Runs what has happened since, all at once, and what that sets off, until nothing more happens. Answers the jobs. `only`: GitHub loses what would start others. */
  settle(only?: string): Promise<readonly JobRun[]>
  /** The machine of this workflow's next job dies once its job has said something. */
  kill(workflow: string, once: RegExp): void
  /** A workflow's hour has come. */
  schedule(workflow: string): Promise<JobRun>
  /** The jobs of a workflow for an event, once more or although nothing says so: what it asks for in `if` is not looked at. */
  run(workflow: string, event: EventRow, how?: RunOptions): Promise<JobRun>
}

export interface RunOptions {
  /** As where somebody took `fetch-depth: 0` out of the workflow. */
  readonly shallow?: boolean
}

interface Workflow {
  readonly name: string
  readonly on: string | { readonly [event: string]: { readonly [filter: string]: readonly string[] } | null }
  readonly jobs: Readonly<Record<string, Job>>
}

type NamedWorkflow = readonly [file: string, Workflow]

interface Job {
  readonly if?: string
  readonly environment?: string
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>
  /** Jobs of one group wait for each other, and none is cancelled. */
  readonly concurrency: { readonly group: string }
  readonly steps: readonly Step[]
}

interface Step {
  readonly uses: string
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly env?: Readonly<Record<string, string>>
}

interface Pull {
  readonly number: number
  readonly head: { readonly sha: string }
  readonly base: { readonly ref: string }
}

interface Queued {
  readonly head_sha: string
  readonly head_ref: string
}

interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
}

/** What workflows of ours start at, but for schedules. */
const starting = new Set(['push', 'pull_request', 'merge_group', 'workflow_run', 'workflow_dispatch', 'issue_comment'])
/** What a pull request's workflow starts at, unless it says otherwise. */
const usual = ['opened', 'synchronize', 'reopened']
/** What one of ours starts at. */
const proposing = [...usual, 'edited']

export function startRunner({ github, folder, environments, also = {} }: RunnerSetting): Runner {
  const runs: JobRun[] = []
  const lanes = new Map<string, Promise<unknown>>()
  const doomed = new Map<string, RegExp>()
  const shallowed = new Set<string>()
  let begun = 0
  const read = new Map<string, readonly NamedWorkflow[]>()
  let seen = github.events().length
  const show = (...words: readonly string[]) => git(github.path, ...words)

  /** Workflows of `main`, or of what a pull request would make of it. They seldom change, so those of a folder are read once. */
  function workflowsAt(commit: string): readonly NamedWorkflow[] {
    const tree = show('rev-parse', `${commit}:.github/workflows`)
    const known = read.get(tree)
    if (known !== undefined) return known
    const files = show('ls-tree', '--name-only', tree).split('\n')
    const found = files.map((file) => [file.replace(/\.yml$/, ''), load(show('show', `${tree}:${file}`)) as Workflow] as const)
    read.set(tree, found)
    return found
  }

  /** The commit that a job of this event runs at. */
  function commitOf({ name, payload }: EventRow): string {
    const main = github.branch('main') ?? ''
    if (name === 'merge_group') return (payload['merge_group'] as Queued).head_sha
    if (name !== 'pull_request') return main
    const { number, head, base } = payload['pull_request'] as Pull
    const commit = mergedCommit(github.path, 'merge', github.branch(base.ref) ?? '', head.sha, `Merge ${head.sha} into ${base.ref}`)
    show('update-ref', `refs/pull/${number}/merge`, commit)
    return commit
  }

  /** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on */
  function startsAt({ on }: Workflow, file: string, { name, payload }: EventRow): boolean {
    const filters = typeof on === 'string' ? (on === name ? {} : undefined) : on[name] === null ? {} : on[name]
    if (filters === undefined) return false
    const types = filters['types'] ?? (name === 'pull_request' ? usual : undefined)
    if (types !== undefined && !types.includes(String(payload['action']))) return false
    if (name === 'workflow_dispatch') return payload['workflow'] === `.github/workflows/${file}.yml`
    if (name === 'workflow_run') return filters['workflows']?.includes((payload['workflow_run'] as { name: string }).name) === true
    if (name !== 'push') return true
    const { ref, before, after } = payload as { ref: string; before: string; after: string }
    if (filters['branches']?.some((branch) => ref === `refs/heads/${branch}`) !== true) return false
    const changed = show('diff', '--name-only', before, after).split('\n')
    return filters['paths']?.some((path) => changed.some((one) => one.startsWith(path.replace('**', '')))) === true
  }

  async function runJobs(
    workflow: string,
    { jobs }: Workflow,
    event: EventRow,
    commit: string,
    anyway = false,
  ): Promise<readonly JobRun[]> {
    const done: JobRun[] = []
    for (const job of Object.values(jobs)) {
      const token = github.githubToken(
        Object.fromEntries(Object.entries(job.permissions ?? {}).map(([name, level]) => [name.replaceAll('-', '_'), level])) as Permissions,
      )
      // Environments admit jobs that run from main.
      const own = refOf(event) === 'refs/heads/main' ? environments[job.environment ?? ''] : undefined
      const context = {
        github: { event: event.payload, repository: github.repository, token },
        secrets: own?.secrets ?? {},
        vars: own?.vars ?? {},
      } as unknown as Value
      if (!anyway && job.if !== undefined && !isTrue(evaluate(job.if, context))) continue
      const begin = () => runJob({ workflow, job, event, commit, context, more: own === undefined ? {} : also })
      const lane = filledIn(job.concurrency.group, context)
      const turn = (lanes.get(lane) ?? Promise.resolve()).then(begin)
      // A job that breaks the test stops the test, not whoever waits behind it.
      lanes.set(
        lane,
        turn.catch(() => {}),
      )
      done.push(await turn)
    }
    return done
  }

  async function runJob(given: {
    readonly workflow: string
    readonly job: Job
    readonly event: EventRow
    readonly commit: string
    readonly context: Value
    readonly more: Readonly<Record<string, string>>
  }): Promise<JobRun> {
    const { workflow, job, event, commit, context, more } = given
    const [checkout, step] = job.steps
    if (checkout?.uses.startsWith('actions/checkout@') !== true || step === undefined || job.steps.length > 2) {
      throw new Error(`This runner does not know the steps of ${workflow}.`)
    }
    begun += 1
    const number = begun
    const home = join(folder, `job-${number}`)
    const [workspace, temporary] = [join(home, 'workspace'), join(home, 'tmp')]
    await mkdir(temporary, { recursive: true })
    if (shallowed.delete(workflow)) checkOutAlone(workspace, commit)
    else checkOut(workspace, event, commit)
    const files = {
      GITHUB_EVENT_PATH: join(home, 'event.json'),
      GITHUB_OUTPUT: join(home, 'output'),
      GITHUB_STEP_SUMMARY: join(home, 'summary.md'),
    }
    await writeFile(files.GITHUB_EVENT_PATH, JSON.stringify(event.payload))
    await writeFile(files.GITHUB_OUTPUT, '')
    await writeFile(files.GITHUB_STEP_SUMMARY, '')
    const { inputs } = load(await readFile(new URL('action.yml', root), 'utf8')) as ActionFile
    const sender = event.payload['sender'] as { readonly login: string } | undefined
    const environment: Record<string, string> = {
      ...compileCache,
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      TMPDIR: temporary,
      RUNNER_TEMP: temporary,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: sender?.login ?? 'ann',
      GITHUB_API_URL: github.url,
      GITHUB_EVENT_NAME: event.name,
      GITHUB_REF: refOf(event),
      GITHUB_REPOSITORY: github.repository,
      GITHUB_REPOSITORY_ID: String(github.repositoryId),
      GITHUB_RUN_ID: String(7_000 + number),
      GITHUB_SERVER_URL: github.gitUrl.slice(0, -`/${github.repository}.git`.length),
      GITHUB_SHA: commit,
      GITHUB_WORKFLOW: workflow,
      GITHUB_WORKSPACE: workspace,
      ...files,
      ...more,
    }
    for (const [name, { default: usual = '' }] of Object.entries(inputs)) {
      environment[`INPUT_${name.toUpperCase()}`] = filledIn(String(step.with?.[name] ?? usual), context)
    }
    for (const [name, value] of Object.entries(step.env ?? {})) environment[name] = filledIn(value, context)
    const said = doomed.get(workflow)
    doomed.delete(workflow)
    const ended = await startAction(environment, (text) => said?.test(text) === true)
    const run: JobRun = {
      ...{ workflow, event, ...ended, environment, folder: home },
      log: withoutMasks(ended.stdout) + ended.stderr,
      outputs: outputsIn(await readFile(files.GITHUB_OUTPUT, 'utf8')),
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
    }
    runs.push(run)
    return run
  }

  /** What actions/checkout leaves with `fetch-depth: 0` and `persist-credentials: false`: all branches, one checked out, and no credential. */
  function checkOut(workspace: string, event: EventRow, commit: string): void {
    git(folder, 'init', '--quiet', workspace)
    git(workspace, 'remote', 'add', 'origin', github.gitUrl)
    const merge = refOf(event) === 'refs/heads/main' ? [] : [refOf(event)]
    git(workspace, 'fetch', '--quiet', github.path, '+refs/heads/*:refs/remotes/origin/*', ...merge)
    if (merge.length > 0) git(workspace, 'checkout', '--quiet', '--detach', commit)
    else git(workspace, 'checkout', '--quiet', '-B', 'main', commit)
  }

  /** The same with a `fetch-depth` of 1, its default: one commit of one branch. */
  function checkOutAlone(workspace: string, commit: string): void {
    git(folder, 'init', '--quiet', workspace)
    git(workspace, 'remote', 'add', 'origin', github.gitUrl)
    git(workspace, 'fetch', '--quiet', '--depth=1', `file://${github.path}`, '+refs/heads/main:refs/remotes/origin/main')
    git(workspace, 'checkout', '--quiet', '-B', 'main', commit)
  }

  async function started(event: EventRow, only?: string): Promise<readonly JobRun[]> {
    // https://docs.github.com/en/actions/concepts/security/github_token#when-github_token-triggers-workflow-runs
    if (!event.startsWorkflows && event.name !== 'workflow_dispatch') return []
    if (!starting.has(event.name)) return []
    const isProposal = event.name === 'pull_request'
    if (isProposal && !proposing.includes(String(event.payload['action']))) return []
    const commit = commitOf(event)
    const done: JobRun[] = []
    for (const [file, workflow] of workflowsAt(commit)) {
      if ((only !== undefined && file !== only) || !startsAt(workflow, file, event)) continue
      const jobs = await runJobs(file, workflow, event, commit)
      done.push(...jobs)
      if (jobs.length === 0) continue
      const conclusion = jobs.every(({ code }) => code === 0) ? 'success' : 'failure'
      if (event.name === 'merge_group') {
        github.completeQueueRun(workflow.name, conclusion, { branch: refOf(event).slice('refs/heads/'.length), commit })
      }
      if (isProposal) github.completeRun((event.payload['pull_request'] as Pull).number, workflow.name, conclusion)
    }
    return done
  }

  const runOf = async (file: string, event: EventRow): Promise<JobRun> => {
    const commit = commitOf(event)
    const workflow = workflowsAt(commit).find(([name]) => name === file)?.[1]
    const [run] = workflow === undefined ? [] : await runJobs(file, workflow, event, commit, true)
    if (run === undefined) throw new Error(`There is no workflow ${file}.`)
    return run
  }

  return {
    runs,
    async settle(only) {
      const done: JobRun[] = []
      for (let events = github.events().slice(seen); events.length > 0; events = github.events().slice(seen)) {
        seen += events.length
        done.push(...(await Promise.all(events.map((event) => started(event, only)))).flat())
      }
      return done
    },
    kill: (workflow, once) => void doomed.set(workflow, once),
    schedule: (file) => runOf(file, { name: 'schedule', payload: {}, startsWorkflows: true }),
    run(file, event, { shallow = false } = {}) {
      if (shallow) shallowed.add(file)
      return runOf(file, event)
    },
  }
}

/** What the jobs of an event run for: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows */
function refOf({ name, payload }: EventRow): string {
  if (name === 'merge_group') return (payload['merge_group'] as Queued).head_ref
  return name === 'pull_request' ? `refs/pull/${(payload['pull_request'] as Pull).number}/merge` : 'refs/heads/main'
}

function withoutMasks(stdout: string): string {
  return stdout
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('\n')
}
