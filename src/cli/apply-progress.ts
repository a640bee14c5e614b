import { eventAsText } from '../engine/render.ts'
import { typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Plan, StepEvent } from '../model/plan.ts'
import { type MovingList, movingList, type Titled } from './moving-list.ts'
import type { Output } from './output.ts'

export interface ApplyProgress {
  /** Told the plan before its first step. */
  readonly begin: (plan: Pick<Plan, 'steps'>) => void
  readonly tell: (event: StepEvent) => void
  /** Waits until everything was drawn. */
  readonly end: () => Promise<void>
  /** Why steps failed or were skipped, in the order in which they were. */
  readonly undone: readonly Finding[]
}

/** Progress of an apply, done of total: a moving list by type on a terminal, a line a step elsewhere, one JSON object a line with `--json`. On stderr. */
export function applyProgressOf(types: readonly Titled[], output: Output): ApplyProgress {
  const undone: Finding[] = []
  let total = 0
  let ended = 0
  let moving: ByType | undefined
  return {
    undone,
    begin: ({ steps }) => {
      total = steps.length
      if (output.terminal) moving = byType(types, steps)
    },
    tell: (event) => {
      if (event.what === 'started') return
      ended += 1
      if (event.what === 'failed' || event.what === 'skipped') undone.push(event.finding)
      if (moving === undefined) output.note(`[${ended}/${total}] ${eventAsText(event)}`, asObject(event, ended, total))
      else moving.tell(event)
    },
    end: async () => moving?.end(),
  }
}

/** An event for machines. Without the site's own words, which may quote values: whoever keeps the log need not be who may read. */
function asObject(event: Exclude<StepEvent, { what: 'started' }>, ended: number, total: number): object {
  const { what, step } = event
  if (!('finding' in event)) return { what, step: step.id, verb: step.verb, address: step.address, ended, total }
  const { level, code, message, cure = null } = event.finding
  return { what, step: step.id, verb: step.verb, address: step.address, ended, total, finding: { level, code, message, cure } }
}

interface ByType extends Pick<MovingList, 'end'> {
  readonly tell: (event: StepEvent) => void
}

function byType(types: readonly Titled[], steps: Plan['steps']): ByType {
  const counts = new Map<string, { readonly total: number; ended: number; well: boolean }>()
  for (const [type, own] of Map.groupBy(steps, ({ address }) => typeOf(address)))
    counts.set(type, { total: own.length, ended: 0, well: true })
  const list = movingList(types.filter(({ name }) => counts.has(name)))
  return {
    tell: ({ step, what }) => {
      const type = typeOf(step.address)
      const count = counts.get(type)
      if (count === undefined) return
      count.ended += 1
      if (what === 'failed' || what === 'skipped') count.well = false
      const text = `${count.ended} of ${count.total}`
      if (count.ended < count.total) list.show(type, text)
      else list.finish(type, count.well ? 'done' : 'partly', text)
    },
    end: () => list.end(),
  }
}
