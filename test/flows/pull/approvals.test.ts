import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ballot, judgeApprovals } from '../../../src/flows/pull/approvals.ts'
import type { Account, Permission, Review } from '../../../src/forge/forge.ts'

const shownAt = new Date('2026-11-28T10:00:00Z')
const minutes = (after: number) => new Date(shownAt.getTime() + after * 60_000)
const people = { ann: 1, bob: 2, cy: 3, robot: 4 } as const
type Name = keyof typeof people
const account = (login: Name): Account => ({ id: people[login], login, bot: login === 'robot' })

function judged(reviews: readonly (readonly [Name, Review['state'], after: number])[], more: Partial<Ballot> = {}) {
  return judgeApprovals({
    reviews: reviews.map(([who, state, after]) => ({ by: account(who), state, at: minutes(after) })),
    shownAt,
    needed: 1,
    approvers: new Set(Object.values(people)),
    excluded: [{ id: people.ann, why: 'opened the pull request' }],
    permissions: new Map(Object.values(people).map((id) => [id, 'write' as Permission])),
    ...more,
  })
}
const codesOf = (verdict: ReturnType<typeof judged>) => verdict.findings.map(({ code }) => code)

describe('the approval of a plan', () => {
  it('counts when it was given after the plan was shown', () => {
    const verdict = judged([['bob', 'approved', 1]])
    expect(verdict).toMatchObject({ approved: true, by: [{ login: 'bob' }], findings: [] })
  })

  it.each([
    ['given before the plan was shown', [['bob', 'approved', -1]]],
    ['given in the very second in which it was shown', [['bob', 'approved', 0]]],
    ['of whoever opened the pull request', [['ann', 'approved', 1]]],
    ['of a robot', [['robot', 'approved', 1]]],
    [
      'that was dismissed',
      [
        ['bob', 'approved', 1],
        ['bob', 'dismissed', 2],
      ],
    ],
    [
      'that the same person took back',
      [
        ['bob', 'approved', 1],
        ['bob', 'changes_requested', 2],
      ],
    ],
    ['that is only a remark', [['bob', 'commented', 1]]],
  ] as const)('does not count when it is one %s', (_why, reviews) => {
    const verdict = judged(reviews)
    expect(verdict.approved).toBe(false)
    expect(codesOf(verdict)).toContain('PULL_NOT_APPROVED')
  })

  it('does not count when it is of somebody who is not asked, or may not write any more', () => {
    expect(judged([['bob', 'approved', 1]], { approvers: new Set([people.cy]) }).approved).toBe(false)
    expect(judged([['bob', 'approved', 1]], { permissions: new Map([[people.bob, 'read']]) }).approved).toBe(false)
    expect(judged([['bob', 'approved', 1]], { permissions: new Map() }).approved).toBe(false)
  })

  it('is not taken back by a later remark', () => {
    expect(
      judged([
        ['bob', 'approved', 1],
        ['bob', 'commented', 2],
      ]).approved,
    ).toBe(true)
  })

  it('counts once however often it is given', () => {
    expect(
      judged(
        [
          ['bob', 'approved', 1],
          ['bob', 'approved', 2],
        ],
        { needed: 2 },
      ).approved,
    ).toBe(false)
    expect(
      judged(
        [
          ['bob', 'approved', 1],
          ['cy', 'approved', 2],
        ],
        { needed: 2 },
      ).approved,
    ).toBe(true)
  })

  it('does not help where another approver asked for changes, even before the plan was shown', () => {
    const verdict = judged([
      ['cy', 'changes_requested', -30],
      ['bob', 'approved', 1],
    ])
    expect(verdict.approved).toBe(false)
    expect(codesOf(verdict)).toEqual(['PULL_CHANGES_REQUESTED'])
    expect(
      judged([
        ['cy', 'changes_requested', -30],
        ['cy', 'approved', 1],
      ]).approved,
    ).toBe(true)
    expect(
      judged(
        [
          ['cy', 'changes_requested', 0],
          ['bob', 'approved', 1],
        ],
        { approvers: new Set([people.bob]) },
      ).approved,
    ).toBe(true)
  })

  it('is told to be out of reach where too few people could give it', () => {
    const verdict = judged([], { approvers: new Set([people.ann]) })
    expect(verdict.findings[0]?.cure).toContain('policy.approvals to 0')
  })

  it('never follows from what nobody eligible said after the plan was shown', () => {
    const review = fc.record({
      by: fc.constantFrom<Name>('ann', 'bob', 'cy', 'robot').map(account),
      state: fc.constantFrom<Review['state']>('approved', 'changes_requested', 'commented', 'dismissed'),
      at: fc.integer({ min: -5, max: 5 }).map(minutes),
    })
    fc.assert(
      fc.property(fc.array(review, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (reviews, needed) => {
        const { approved, by } = judgeApprovals({
          reviews,
          shownAt,
          needed,
          approvers: new Set([people.ann, people.bob, people.cy, people.robot]),
          excluded: [{ id: people.ann, why: 'opened the pull request' }],
          permissions: new Map(Object.values(people).map((id) => [id, 'write' as Permission])),
        })
        const eligible = new Set(
          reviews
            .filter(({ by: { login }, state, at }) => state === 'approved' && at > shownAt && /^(?:bob|cy)$/.test(login))
            .map((one) => one.by.id),
        )
        if (approved) expect(eligible.size).toBeGreaterThanOrEqual(needed)
        for (const one of by) expect(eligible.has(one.id)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
