// What a kill must not do. One point: a fresh restore is begun, its process is ended there, another one resumes, and everything must be as if nothing had been.
import { setTimeout as wait } from 'node:timers/promises'
import type { ReadyRestore } from './restore.ts'

/** Where the process ends: at a write of this number, at a labelled point of this number, or after so many milliseconds. */
export type Point =
  | { readonly what: 'write'; readonly number: number; readonly moment: 'before' | 'during' }
  | { readonly what: 'label'; readonly number: number; readonly name: string }
  | { readonly what: 'time'; readonly ms: number }

export interface Undisturbed {
  readonly walk: string
  readonly snapshot: string
  readonly writes: number
  readonly labels: readonly string[]
  readonly ms: number
}

/** Applies once without any kill: what every other end is compared with. */
export async function undisturbed(ready: ReadyRestore): Promise<Undisturbed> {
  await ready.afresh()
  const child = await ready.start('here')
  const began = performance.now()
  const ended = await ready.outcome(child)
  const ms = performance.now() - began
  if (ended?.result.state !== 'success') throw new Error(`the undisturbed apply ended as ${ended?.result.state}`)
  return {
    walk: JSON.stringify(ready.walk()),
    snapshot: await ready.snapshot('here'),
    writes: ready.gate.writes(),
    labels: ended.labels,
    ms,
  }
}

/** Kills at this point and resumes in the same clone or in another one. Undefined where all is well, else what is not. */
export async function killAndResume(
  ready: ReadyRestore,
  whole: Undisturbed,
  point: Point,
  clone: 'here' | 'there',
): Promise<string | undefined> {
  await ready.afresh()
  const child = await ready.start('here', point.what === 'label' ? point.number : 0)
  if (point.what === 'write') ready.gate.killAt(point.number, point.moment, () => child)
  const timer = point.what === 'time' ? wait(point.ms).then(() => child.kill('SIGKILL')) : undefined
  const first = await ready.outcome(child)
  await timer
  ready.gate.calm()
  // Whoever was quicker than the kill has ended, and there is nothing to resume.
  if (first === undefined) {
    const life = await ready.life(clone)
    // What came before the first write is begun anew; what came after the result is over.
    if (life.result === undefined) {
      const second = await ready.outcome(await ready.start(clone))
      if (second?.result.state !== 'success') return `resumed, it ended as ${second?.result.state}: ${second?.failures.join('; ')}`
    }
  }
  if (JSON.stringify(ready.walk()) !== whole.walk) return 'the site holds something else'
  if ((await ready.snapshot(clone)) !== whole.snapshot) return 'the snapshot says something else'
  return undefined
}

export function nameOf(point: Point): string {
  if (point.what === 'time') return `after ${point.ms} ms`
  return point.what === 'write' ? `write ${point.number}, ${point.moment}` : `label ${point.number}, ${point.name}`
}
