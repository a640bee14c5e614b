import { applyMerged } from '../../flows/pull/apply-pull.ts'
import { requestsMoved, takenOff } from '../../flows/pull/carried.ts'
import { TidemarkError } from '../../model/errors.ts'
import { type Door, each } from '../door.ts'
import { type StateTold, stepAsLine, tellOutcome } from '../pull-told.ts'

/** A push brings as many requests as a person merges at once; what is beyond that is met by reconciling. */
const mostAtOnce = 20

/** Applies requests that were merged. */
export async function applyCommand(door: Door): Promise<void> {
  const { runner, inputs, event } = door
  const named = inputs.request ?? (event.name === 'workflow_dispatch' ? event.text('inputs', 'request') : undefined)
  const ids = named === undefined ? await pushed(door) : [named]
  if (ids.length === 0) runner.say('This push added no request.')
  const states = new Map<string, StateTold>()
  await each(door, ids, async (id) => {
    const outcome = await applyMerged(await door.desk(), id, {
      tell: (event) => runner.say(stepAsLine(event)),
      waiting: (purpose) => runner.say(`Waiting for another run on this site to end: ${purpose}`),
    })
    states.set(id, tellOutcome(runner, id, outcome))
  })
  const order: readonly StateTold[] = ['failed', 'action_required', 'partial_success', 'success']
  const worst = states.size < ids.length ? 'failed' : (order.find((state) => [...states.values()].includes(state)) ?? 'success')
  runner.output('state', worst)
  runner.output('summary-json', { format: 1, command: 'apply', requests: Object.fromEntries(states) })
}

/** The requests that came to `main` by this push. Throws `USAGE_INPUT` for an event that is no push to it. */
async function pushed({ event, desk, runner }: Door): Promise<readonly string[]> {
  const [before, after, ref] = [event.text('before'), event.text('after'), event.text('ref')]
  if (before === undefined || after === undefined || ref !== 'refs/heads/main') {
    throw new TidemarkError('USAGE_INPUT', 'Nothing says which request is to be applied.', {
      cure: 'Give the input request, or run this on push to main.',
    })
  }
  const pulls = await desk()
  const { added: ids, removed } = await requestsMoved(pulls.repository, /^0+$/.test(before) ? undefined : before, after)
  for (const finding of await takenOff(pulls, removed.slice(0, mostAtOnce))) runner.remark('warning', finding)
  if (ids.length > mostAtOnce) {
    runner.remark('warning', {
      code: 'PULL_MANY',
      message: `This push added ${ids.length} requests; ${mostAtOnce} are looked at now, the others when the next run reconciles.`,
    })
  }
  return ids.slice(0, mostAtOnce)
}
