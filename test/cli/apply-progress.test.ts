import { describe, expect, it } from 'vitest'
import { applyProgressOf } from '../../src/cli/apply-progress.ts'
import type { Output } from '../../src/cli/output.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Step, StepEvent } from '../../src/model/plan.ts'

const at = new Date(0)
const step = (address: Step['address']): Step => ({ id: `update:${address}`, verb: 'update', address, paths: [], after: [] })
const [a, b] = [step('garden/bed/a'), step('garden/bed/b')]
const moved: Finding = { level: 'error', code: 'APPLY_MOVED', message: 'It moved.', said: ['The name is Zanzibar'], cure: 'Plan again.' }
const events: readonly StepEvent[] = [
  { at, step: a, what: 'started' },
  { at, step: a, what: 'done' },
  { at, step: b, what: 'started' },
  { at, step: b, what: 'failed', finding: moved },
]

async function told(more: Partial<Output>) {
  const notes: [line: string, event: object | undefined][] = []
  const output = { json: false, terminal: false, note: (line: string, event?: object) => void notes.push([line, event]), ...more } as Output
  const progress = applyProgressOf([{ name: 'garden/bed', title: 'Bed' }], output)
  progress.begin({ steps: [a, b] })
  for (const event of events) progress.tell(event)
  await progress.end()
  return { notes, progress }
}

describe('progress of an apply', () => {
  it('is a line a step, with how many of all have ended', async () => {
    const { notes } = await told({})

    expect(notes.map(([line]) => line)).toEqual([
      '[1/2] done        update garden/bed/a',
      '[2/2] failed      update garden/bed/b: It moved. The site says: The name is Zanzibar',
    ])
  })

  it('is for machines an object a step, without the words of the site', async () => {
    const { notes } = await told({ json: true })

    expect(notes.map(([, event]) => event)).toEqual([
      { what: 'done', step: 'update:garden/bed/a', verb: 'update', address: 'garden/bed/a', ended: 1, total: 2 },
      {
        what: 'failed',
        step: 'update:garden/bed/b',
        verb: 'update',
        address: 'garden/bed/b',
        ended: 2,
        total: 2,
        finding: { level: 'error', code: 'APPLY_MOVED', message: 'It moved.', cure: 'Plan again.' },
      },
    ])
    expect(JSON.stringify(notes.map(([, event]) => event))).not.toContain('Zanzibar')
  })

  it('keeps why steps were not done, for the last word', async () => {
    expect((await told({})).progress.undone).toEqual([moved])
  })
})
