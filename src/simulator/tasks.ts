/**
 * Work that Jira does after it has answered: 303 with the task's address in `Location`, and `/task/{id}` to ask how far it is.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#async
 */
import type { Account } from './accounts.ts'
import type { Answer } from './kit.ts'
import type { SiteState } from './state.ts'

export interface Task {
  readonly id: string
  readonly description: string
  readonly submittedBy: Account | undefined
  readonly submitted: number
  started?: number
  finished?: number
  status: 'ENQUEUED' | 'RUNNING' | 'COMPLETE' | 'FAILED' | 'CANCELLED'
  progress: number
  message?: string
  result?: unknown
}

export interface Tasks {
  /** Takes work on. It is done when the task has been asked about twice, or after a second, whichever comes first; a throw fails the task. */
  start(task: { readonly description: string; readonly account: Account | undefined; readonly work: () => unknown }): Task
  get(id: string): Task | undefined
  /** One step further; called by each question about the task. */
  advance(task: Task): void
  /** Ends what has waited for a second. Called before each request. */
  settle(): void
  cancel(task: Task): void
}

const patience = 1000

export function newTasks(site: SiteState): Tasks {
  const tasks = new Map<string, Task>()
  const open = new Map<Task, { readonly work: () => unknown; readonly due: number }>()

  const end = (task: Task): void => {
    const waiting = open.get(task)
    if (waiting === undefined) return
    open.delete(task)
    task.started ??= site.clock.now().getTime()
    try {
      task.result = waiting.work() ?? null
      task.status = 'COMPLETE'
    } catch (error) {
      task.status = 'FAILED'
      task.message = error instanceof Error ? error.message : String(error)
    }
    task.progress = 100
    task.finished = site.clock.now().getTime()
  }

  return {
    start({ description, account, work }) {
      const id = String(site.nextNumber('task'))
      const task: Task = { id, description, submittedBy: account, submitted: site.clock.now().getTime(), status: 'ENQUEUED', progress: 0 }
      tasks.set(id, task)
      open.set(task, { work, due: site.clock.monotonic() + patience })
      return task
    },
    get: (id) => tasks.get(id),
    advance(task) {
      if (task.status === 'RUNNING') return end(task)
      if (task.status !== 'ENQUEUED') return
      task.status = 'RUNNING'
      task.progress = 50
      task.started = site.clock.now().getTime()
    },
    settle() {
      if (open.size === 0) return
      const now = site.clock.monotonic()
      for (const [task, { due }] of [...open]) if (due <= now) end(task)
    },
    cancel(task) {
      if (!open.delete(task)) return
      task.status = 'CANCELLED'
      task.finished = site.clock.now().getTime()
    },
  }
}

/** The answer that names a task in its `Location`, with the task as its body. */
export function seeOther(site: SiteState, task: Task): Answer {
  return { status: 303, headers: { location: `${site.url}/rest/api/3/task/${task.id}` }, body: taskShown(site, task) }
}

/** A task as `GET /task/{id}` answers it. */
export function taskShown(site: SiteState, task: Task): object {
  const last = task.finished ?? task.started ?? task.submitted
  return {
    self: `${site.url}/rest/api/3/task/${task.id}`,
    id: task.id,
    description: task.description,
    status: task.status,
    ...(task.message === undefined ? {} : { message: task.message }),
    ...(task.status === 'COMPLETE' ? { result: task.result } : {}),
    submittedBy: task.submittedBy?.number ?? 10_000,
    progress: task.progress,
    elapsedRuntime: last - (task.started ?? task.submitted),
    submitted: task.submitted,
    ...(task.started === undefined ? {} : { started: task.started }),
    ...(task.finished === undefined ? {} : { finished: task.finished }),
    lastUpdate: last,
  }
}
