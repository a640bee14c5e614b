import { applyMerged } from '../../flows/pull/apply-pull.ts'
import { requestsMoved } from '../../flows/pull/carried.ts'
import type { PlannedPull } from '../../flows/pull/plan-pull.ts'
import { type TakenOff, takenOff } from '../../flows/pull/taken-off.ts'
import { TidemarkError } from '../../model/errors.ts'
import { findingOf } from '../../model/finding.ts'
import { type Door, each } from '../door.ts'
import { type StateTold, stepAsLine, tellOutcome } from '../pull-told.ts'
import { proposeForm } from './request.ts'

/** A push brings as many requests as a person merges at once; what is beyond that is met by reconciling. */
const mostAtOnce = 20

/** Applies requests that were merged. */
export async function applyCommand(door: Door): Promise<void> {
  const { runner, inputs, event } = door
  const named = inputs.request ?? (event.name === 'workflow_dispatch' ? event.text('inputs', 'request') : undefined)
  const { ids, gone } = named === undefined ? await pushed(door) : { ids: [named], gone: [] }
  if (ids.length === 0) runner.say('This push added no request.')
  const states = new Map<string, StateTold>()
  await each(door, ids, async (id) => {
    const outcome = await applyMerged(await door.desk(), id, {
      tell: (event) => runner.say(stepAsLine(event)),
      waiting: (purpose) => runner.say(`Waiting for another run on this site to end: ${purpose}`),
    })
    states.set(id, tellOutcome(runner, id, outcome))
  })
  for (const one of gone) await tellTakenOff(door, one)
  const order: readonly StateTold[] = ['failed', 'action_required', 'partial_success', 'success']
  const worst = states.size < ids.length ? 'failed' : (order.find((state) => [...states.values()].includes(state)) ?? 'success')
  runner.output('state', worst)
  runner.output('summary-json', { format: 1, command: 'apply', requests: Object.fromEntries(states) })
}

/** The requests that came to `main` by this push, and of those that went the applied ones. Throws `USAGE_INPUT` for an event that is no push to it. */
async function pushed({ event, desk, runner }: Door): Promise<{ readonly ids: readonly string[]; readonly gone: readonly TakenOff[] }> {
  const [before, after, ref] = [event.text('before'), event.text('after'), event.text('ref')]
  if (before === undefined || after === undefined || ref !== 'refs/heads/main') {
    throw new TidemarkError('USAGE_INPUT', 'Nothing says which request is to be applied.', {
      cure: 'Give the input request, or run this on push to main.',
    })
  }
  const pulls = await desk()
  const { added: ids, removed } = await requestsMoved(pulls.repository, /^0+$/.test(before) ? undefined : before, after)
  if (ids.length > mostAtOnce) {
    runner.remark('warning', {
      code: 'PULL_MANY',
      message: `This push added ${ids.length} requests; ${mostAtOnce} are looked at now, the others when the next run reconciles.`,
    })
  }
  return { ids: ids.slice(0, mostAtOnce), gone: await takenOff(pulls, removed.slice(0, mostAtOnce)) }
}

/** Says that it stays applied. Whoever reverts it wants it taken back, so the plan for that is shown at once; it is carried out like any other. */
async function tellTakenOff(door: Door, gone: TakenOff): Promise<void> {
  const { runner } = door
  const back = gone.isReverted ? await proposeInverse(door, gone) : undefined
  runner.remark(
    'warning',
    back === undefined ? gone.finding : { ...gone.finding, cure: `To take it back: pull request ${back.pull.number}.` },
  )
}

/** Undefined where that cannot be asked for, which is said: it was asked for before, or nobody knows who does. */
async function proposeInverse(door: Door, { id, site }: TakenOff): Promise<PlannedPull | undefined> {
  try {
    return await proposeForm(door, { kind: 'rollback', site, from: id, select: [], id: undefined })
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code === 'USAGE_STOPPED') throw error
    door.runner.remark('warning', findingOf(error))
    return undefined
  }
}
