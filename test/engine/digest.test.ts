import { describe, expect, it } from 'vitest'
import { digestOf, digestOfPlan, sameDigest } from '../../src/engine/digest.ts'
import type { Plan } from '../../src/model/plan.ts'

const key = new Uint8Array(32).fill(1)
const otherKey = new Uint8Array(32).fill(2)
const plan: Omit<Plan, 'digest'> = {
  format: 1,
  site: 'here',
  cloudId: 'c',
  source: 's',
  request: 'r',
  tool: '1',
  policy: 'p',
  existed: { 'garden/bed': ['1'] },
  steps: [{ id: 'create:garden/bed/a', verb: 'create', address: 'garden/bed/a', paths: [''], after: [], becomes: 'd' }],
  findings: [],
  lost: [],
}

describe('digestOf', () => {
  it('is equal for equal resources, whatever the order of keys, and tells nothing without the key', () => {
    const one = digestOf({ address: 'garden/bed/a', spec: { a: 1, b: 2n ** 70n } }, key)

    expect(one).toMatch(/^[0-9a-f]{64}$/)
    expect(digestOf({ address: 'garden/bed/a', spec: { b: 2n ** 70n, a: 1 } }, key)).toBe(one)
    expect(digestOf({ address: 'garden/bed/a', spec: { a: 1, b: 2n ** 70n } }, otherKey)).not.toBe(one)
    expect(digestOf({ address: 'garden/bed/b', spec: { a: 1, b: 2n ** 70n } }, key)).not.toBe(one)
    expect(digestOf({ address: 'garden/bed/a', spec: { a: 1, b: 2n ** 70n + 1n } }, key)).not.toBe(one)
  })
})

describe('digestOfPlan', () => {
  const digest = digestOfPlan(plan, key)

  it('binds everything that is approved', () => {
    const [step] = plan.steps as [Plan['steps'][0]]
    const others: Omit<Plan, 'digest'>[] = [
      { ...plan, cloudId: 'other' },
      { ...plan, source: 'other' },
      { ...plan, base: 'other' },
      { ...plan, request: 'other' },
      { ...plan, tool: '2' },
      { ...plan, policy: 'other' },
      { ...plan, steps: [] },
      { ...plan, steps: [{ ...step, becomes: 'e' }] },
      { ...plan, steps: [{ ...step, expects: 'e' }] },
      { ...plan, steps: [{ ...step, verb: 'delete' }] },
      { ...plan, steps: [{ ...step, after: ['x'] }] },
      { ...plan, steps: [{ ...step, without: ['/a'] }] },
      { ...plan, steps: [{ ...step, refers: { 'garden/bed/b': 'd' } }] },
      { ...plan, steps: [step, { ...step, id: 'second' }] },
      { ...plan, steps: [{ ...step, id: 'second' }, step] },
    ]

    expect(new Set([digest, ...others.map((other) => digestOfPlan(other, key))]).size).toBe(others.length + 1)
  })

  it('does not bind wording, nor what else exists on the site', () => {
    expect(digestOfPlan({ ...plan, existed: {} }, key)).toBe(digest)
    expect(digestOfPlan({ ...plan, findings: [{ level: 'note', code: 'PLAN_X', message: 'm' }] }, key)).toBe(digest)
  })

  it('survives being written and read', () => {
    expect(digestOfPlan(JSON.parse(JSON.stringify(plan)), key)).toBe(digest)
    expect(digestOfPlan({ ...plan, digest: 'already there' } as never, key)).toBe(digest)
  })
})

describe('sameDigest', () => {
  it('compares texts of any length', () => {
    expect(sameDigest('a', 'a')).toBe(true)
    expect(sameDigest('a', 'b')).toBe(false)
    expect(sameDigest('a', 'aa')).toBe(false)
  })
})
