import { describe, expect, it } from 'vitest'
import { changesAsText, eventAsText, findingsAsLines, planAsText } from '../../src/engine/render.ts'
import type { Step } from '../../src/model/plan.ts'

const hostile = 'a\u001b[2J\r\n\u202eb'
const step: Step = { id: 'update:garden/bed/a', verb: 'update', address: 'garden/bed/a', paths: ['/name', `/${hostile}`], after: [] }

describe('what is shown in a terminal', () => {
  it('says so when there is nothing', () => {
    expect(changesAsText([])).toBe('No differences.\n')
    expect(planAsText({ steps: [], findings: [], lost: [] })).toBe('Nothing to do.\n')
  })

  it('shows changes property by property and counts them', () => {
    const text = changesAsText([
      {
        address: 'garden/bed/a',
        title: 'Bed',
        what: 'changed',
        properties: [
          { at: '/size', before: 1, after: 2n ** 60n },
          { at: '/x', after: [1] },
        ],
      },
      { address: 'garden/bed/b', title: 'Bed', what: 'added', properties: [] },
    ])

    expect(text).toBe(
      '~ garden/bed/a  (Bed, changed)\n    /size: 1 → 1152921504606846976\n    /x: + [1]\n+ garden/bed/b  (Bed, added)\n\n1 added, 1 changed, 0 removed.\n',
    )
  })

  it('shows a plan: counts, steps in order, the worst finding first', () => {
    const text = planAsText({
      steps: [step, { ...step, verb: 'manual', id: 'manual:garden/bed/a', paths: [], why: 'Do it.' }],
      findings: [
        { level: 'note', code: 'PLAN_A', message: 'A note.' },
        { level: 'error', code: 'PLAN_B', message: 'An error.', cure: 'Cure it.' },
      ],
      lost: [],
    })

    expect(text).toMatch(/^1 will change, 1 manual\n/)
    expect(text.indexOf('error: An error. [PLAN_B]\n    Cure it.')).toBeLessThan(text.indexOf('note: A note. [PLAN_A]'))
    expect(text.indexOf('error:')).toBeGreaterThan(text.indexOf('manual '))
  })

  it('lets no text of a site act on the terminal (I7)', () => {
    const finding = { level: 'error', code: 'PLAN_X', message: hostile, cure: hostile } as const
    const shown = [
      changesAsText([
        { address: 'garden/bed/a', title: 'Bed', what: 'changed', properties: [{ at: `/${hostile}`, before: hostile, after: [hostile] }] },
      ]),
      planAsText({ steps: [step], findings: [finding], lost: [finding] }),
      findingsAsLines([finding]).join('\n'),
      eventAsText({ at: new Date(0), step, what: 'failed', finding }),
    ].join('\n')

    expect(shown).not.toMatch(/[\u001b\r\u202e]/)
    expect(shown).not.toContain(`\nb`)
  })
})
