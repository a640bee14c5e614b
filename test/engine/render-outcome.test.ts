import { describe, expect, it } from 'vitest'
import { outcomeAsText } from '../../src/engine/render-outcome.ts'
import type { Finding } from '../../src/model/finding.ts'
import { aPlan, catalogue, richPlan } from './rich-plan.ts'

const setting = { catalogue, url: 'https://meadow.example' }
const counts = { done: 3, failed: 0, skipped: 0, manual: 0 }
const common = { request: '2026-11-01-restore-meadow', after: 'ef'.repeat(20), undone: [] }

describe('the last word of an apply', () => {
  it('is one line where everything was done', () => {
    expect(outcomeAsText({ ...common, ...counts, plan: aPlan() }, setting)).toBe(
      'meadow: 3 steps done, 0 failed, 0 skipped, 0 left to you; snapshot efefefefefef.\n',
    )
  })

  it('names what was not done with its cure, what was lost, and what is left to people with how it is ticked', () => {
    const undone: Finding[] = [
      { level: 'error', code: 'APPLY_MOVED', message: 'garden/bed/a changed on the site.', cure: 'Plan again and look at what changed.' },
      { level: 'warning', code: 'APPLY_SKIPPED', message: 'garden/plant/a--p was left as it is: it waits for garden/bed/a.' },
    ]
    const text = outcomeAsText({ ...common, done: 4, failed: 1, skipped: 1, manual: 1, plan: richPlan, undone }, setting)

    expect(text).toBe(`Not done
  error: garden/bed/a changed on the site. [APPLY_MOVED]
      Plan again and look at what changed.
  warning: garden/plant/a--p was left as it is: it waits for garden/bed/a. [APPLY_SKIPPED]

Lost
  warning: garden/bed/roses was deleted for good and is made anew, without what grew in it. [PLAN_LOST]
      No configuration backup holds this.

Left to you
  [ ] Bed: garden/bed/herbs  — Bed: the site's API sets this on creation only.
      open https://meadow.example/admin/beds
      at /soil
  tidemark plan 2026-11-01-restore-meadow --site meadow names the command that shows the values; then tidemark restore check 2026-11-01-restore-meadow --site meadow ticks what is done.

meadow: 4 steps done, 1 failed, 1 skipped, 1 left to you; snapshot efefefefefef.

Next: look at what was not done, then plan again: tidemark plan 2026-11-01-restore-meadow --site meadow
`)
  })

  it('counts what waits for one failure where it is very much', () => {
    const undone = Array.from(
      { length: 500 },
      (_, index): Finding => ({ level: 'warning', code: 'APPLY_SKIPPED', message: `garden/bed/b${index} was left as it is.` }),
    )

    expect(outcomeAsText({ ...common, ...counts, skipped: 500, plan: aPlan(), undone }, setting)).toContain('… and 480 more of this kind')
  })
})
