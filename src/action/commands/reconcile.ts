import { code } from '../../engine/markdown.ts'
import { daysLookedAfter, type Reconciled, reconcile } from '../../flows/pull/reconcile.ts'
import type { Door } from '../door.ts'
import { tellOutcome } from '../pull-told.ts'

/**
 * Looks after requests whose event was lost: applies what was merged, plans what is out of date. What waits for people fails the job once; from then on an
 * issue, or the check of the open pull request, says so.
 */
export async function reconcileCommand(door: Door): Promise<void> {
  const { runner, place } = door
  const since = new Date(place.context.clock.now().getTime() - daysLookedAfter * 86_400_000)
  const found = await reconcile(await door.desk(), since)
  const rows = found.map(({ id, pull, outcome }) => `| ${code(id, true)} | [#${pull.number}](${encodeURI(pull.url)}) | ${outcome.what} |`)
  if (rows.length > 0) runner.summary(['### Requests', '', '| request | pull request | |', '|---|---|---|', ...rows, ''].join('\n'))
  for (const one of found) tell(door, one)
  if (found.length === 0) runner.say('Nothing was left undone.')
  const failed = found.some(({ outcome: { what } }) => what === 'failed' || what === 'refused')
  runner.output('state', failed ? 'action_required' : 'success')
  runner.output('summary-json', { format: 1, command: 'reconcile', requests: found.map(({ id, outcome }) => ({ id, what: outcome.what })) })
}

function tell({ runner }: Door, { id, pull, outcome, toldBefore, untold }: Reconciled): void {
  if (untold !== undefined) runner.remark('warning', untold)
  if (toldBefore) runner.say(`${id}: still waits for people, as pull request ${pull.number} says.`)
  else if (outcome.what === 'planned') runner.say(`${id}: planned, ${outcome.digest.slice(0, 12)}.`)
  else if (outcome.what === 'unmerged') {
    const message = `${id} was applied, and pull request ${pull.number} was closed unmerged.`
    runner.remark('warning', { code: 'PULL_UNMERGED', message, cure: `Take it back with tidemark rollback ${id}, or merge it after all.` })
  } else if (outcome.what === 'failed') {
    runner.remark('error', { ...outcome.finding, message: `${id}: ${outcome.finding.message}` })
    runner.failed()
  } else tellOutcome(runner, id, outcome)
}
