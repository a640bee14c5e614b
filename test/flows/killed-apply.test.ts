import { describe, expect, it } from 'vitest'
import { killAndResume, nameOf, type Point, undisturbed } from '../faults/kill.ts'
import { readyRestore } from '../faults/restore.ts'

// A few points each time, other ones each time; `npm run faults -- kill` takes them all.
describe('I10 an apply that is killed', () => {
  it('anywhere is resumed, and ends as if nothing had been: no object twice, none missing', async () => {
    await using ready = await readyRestore()
    const whole = await undisturbed(ready)
    expect(ready.plan.steps.length).toBeGreaterThanOrEqual(80)
    const some = (most: number) => 1 + Math.floor(Math.random() * most)
    const label = some(whole.labels.length)
    const points: readonly (readonly [Point, 'here' | 'there'])[] = [
      [{ what: 'write', number: some(whole.writes), moment: 'during' }, 'here'],
      [{ what: 'label', number: label, name: whole.labels[label - 1] ?? '' }, 'here'],
    ]
    for (const [point, clone] of points)
      expect(await killAndResume(ready, whole, point, clone), `${nameOf(point)}, ${clone}`).toBeUndefined()
  }, 120_000)
})
