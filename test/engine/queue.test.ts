import { describe, expect, it } from 'vitest'
import { queueOf } from '../../src/engine/queue.ts'
import type { Step } from '../../src/model/plan.ts'

const step = (id: string, ...after: string[]): Step => ({ id, verb: 'create', address: 'garden/bed/a', paths: [], after })
const ids = (steps: readonly (Step | undefined)[]) => steps.map((one) => one?.id)

describe('a queue of steps', () => {
  it('gives a step only when all it waits for is done, in the order of the plan', () => {
    const [a, b, c] = [step('a'), step('b'), step('c', 'a', 'b')]
    const queue = queueOf([a, b, c])

    expect(ids([queue.next(), queue.next(), queue.next()])).toEqual(['a', 'b', undefined])
    queue.done(a)
    expect(queue.next()).toBeUndefined()
    queue.done(b)
    expect(ids([queue.next(), queue.next()])).toEqual(['c', undefined])
    expect(queue.rest()).toEqual([])
  })

  it('takes out what waits for a failure, directly or not, once each, and tells for what', () => {
    const steps = [step('a'), step('b', 'a'), step('c', 'a', 'b'), step('d', 'c'), step('e')]
    const queue = queueOf(steps)

    const blocked = queue.block(queue.next() as Step)

    expect(blocked.map(({ step, blocker }) => `${step.id} for ${blocker.id}`)).toEqual(['b for a', 'c for a', 'd for c'])
    expect(ids([queue.next(), queue.next()])).toEqual(['e', undefined])
  })

  it('never gives a step that was taken out, though the rest of what it waits for is done', () => {
    const [a, b, c] = [step('a'), step('b'), step('c', 'a', 'b')]
    const queue = queueOf([a, b, c])
    queue.next()
    queue.next()

    queue.block(a)
    queue.done(a)
    queue.done(b)

    expect(queue.next()).toBeUndefined()
  })

  it('counts a predecessor once that is named twice, and keeps in the rest what can never start', () => {
    const [a, twice, never] = [step('a'), step('b', 'a', 'a'), step('c', 'nowhere')]
    const queue = queueOf([a, twice, never])
    queue.next()

    queue.done(a)

    expect(ids([queue.next(), queue.next()])).toEqual(['b', undefined])
    expect(ids(queue.rest())).toEqual(['c'])
  })
})
