import { TidemarkError } from '../../model/errors.ts'
import type { Json } from '../../model/json.ts'
import type { JiraSite } from './site.ts'

interface Task {
  readonly status: string
  readonly message?: string
}

const patienceMs = 30 * 60_000

/**
 * Waits until Jira has done a task, asking after half a second, then ever less often, at most every 10 s. Throws `PRODUCT_TASK_FAILED` when Jira gave
 * up, `PRODUCT_TASK_LOST` when it does not know the task any more (they are kept for some 14 days) and `PRODUCT_TASK_PENDING` when half an hour
 * was not enough: what was asked for may still be done, so nothing must be asked for again before a look.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-tasks/
 */
export async function awaitTask(site: JiraSite, taskId: string): Promise<void> {
  const { clock, signal } = site.context
  const end = clock.monotonic() + patienceMs
  for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
    const task = await site.find<Task>('/rest/api/3/task/{taskId}', { params: { taskId } })
    if (task === undefined) throw failure('PRODUCT_TASK_LOST', 'Jira does not know the task any more that it had begun', taskId)
    if (task.status === 'COMPLETE') return
    if (task.status !== 'ENQUEUED' && task.status !== 'RUNNING' && task.status !== 'CANCEL_REQUESTED') {
      throw failure('PRODUCT_TASK_FAILED', 'Jira gave up a task that it had begun', taskId, {
        status: task.status,
        message: task.message ?? null,
      })
    }
    if (clock.monotonic() + pause > end) throw failure('PRODUCT_TASK_PENDING', 'Jira has not finished a task within half an hour', taskId)
    await clock.sleep(pause, signal)
  }
}

function failure(code: `PRODUCT_${string}`, message: string, taskId: string, data: Readonly<Record<string, Json>> = {}): TidemarkError {
  return new TidemarkError(code, `${message} (${taskId}).`, {
    data: { taskId, ...data },
    cure: 'Look at the object in Jira to see what was done; plan again for the rest.',
  })
}
