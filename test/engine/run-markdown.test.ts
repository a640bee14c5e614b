import { describe, expect, it } from 'vitest'
import { driftAsMarkdown } from '../../src/engine/run-markdown.ts'
import type { Values } from '../../src/engine/values.ts'
import type { Address } from '../../src/model/address.ts'

const drift = { site: 'acme', snapshot: 'a'.repeat(40), complete: true, findings: [] }
const change = (index: number) => ({ address: `jira/status/${index}` as Address, what: 'changed' as const, by: 'unknown' as const })
const values = (count: number, length: number): readonly Values[] =>
  Array.from({ length: count }, (_, index) => ({ address: change(index).address, lines: ['x'.repeat(length)], diagrams: [] }))
const page = (count: number, length: number) =>
  driftAsMarkdown(
    { ...drift, changes: Array.from({ length: count }, (_, index) => change(index)), values: values(count, length) },
    undefined,
  )

describe('the page about drift', () => {
  it('shows whole objects as long as there is room in an issue, and counts the others', () => {
    const text = page(300, 1_000)
    const shown = text.match(/<details>/g)?.length ?? 0

    expect(text.length).toBeLessThanOrEqual(60_000)
    expect(text.length).toBeGreaterThan(55_000)
    expect(text.match(/<\/details>/g)).toHaveLength(shown)
    expect(text).toContain(`- … and ${300 - shown} more\n`)
    expect(text).toMatch(/closed when there is none\.$/)
  })

  it('counts all where not even the first fits, and shows all where all do', () => {
    expect(page(2, 70_000)).toContain('#### Values\n\n- … and 2 more\n')
    expect(page(2, 70)).not.toContain('more\n')
    expect(page(2, 0).match(/<details>/g)).toHaveLength(2)
  })
})
