import { requestIdOf } from '../../flows/pull/carried.ts'
import { planPull } from '../../flows/pull/plan-pull.ts'
import { TidemarkError } from '../../model/errors.ts'
import { printable } from '../../model/printable.ts'
import { type Door, needed } from '../door.ts'
import { tellPlanned } from '../pull-told.ts'

/** Plans what a pull request asks for, and shows it there. */
export async function planCommand(door: Door): Promise<void> {
  const number = door.inputs.pullRequest ?? (await numberOfRun(door))
  if (number !== undefined) tellPlanned(door.runner, await planPull(await door.desk(), number))
}

/**
 * The pull request whose check has ended. The event names a branch and a commit, by which it is looked for: the list of pull requests in the event can be
 * made to name another one. https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
 */
async function numberOfRun({ event, runner, forge }: Door): Promise<number | undefined> {
  const branch = event.text('workflow_run', 'head_branch')
  const commit = event.text('workflow_run', 'head_sha')
  if (branch === undefined || commit === undefined) {
    throw new TidemarkError('USAGE_INPUT', 'Nothing says which pull request is to be planned.', {
      cure: 'Give the input pull-request, or run this on workflow_run of the check.',
    })
  }
  if (requestIdOf(branch) === undefined) {
    runner.say(`${printable(branch)} is no branch of a request: there is nothing to plan.`)
    return undefined
  }
  const pulls = await needed(await forge()).pullRequestsFrom(branch)
  const pull = pulls.find(({ state, fromFork, head }) => state === 'open' && !fromFork && head.commit === commit)
  if (pull === undefined) runner.say(`No open pull request from ${branch} stands at ${printable(commit)}: a newer push has its own run.`)
  return pull?.number
}
