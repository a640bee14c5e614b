import { describe, expect, it } from 'vitest'
import { type ChangeTold, driftAsMarkdown } from '../../src/engine/run-markdown.ts'
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

describe('the page about drift that backups took in', () => {
  const saved = (count: number, more: Partial<ChangeTold> = {}) => ({
    since: '2026-11-15T00:00:00.000Z',
    changes: Array.from({ length: count }, (_, index) => ({ ...change(index), snapshot: 'b'.repeat(40), ...more })),
  })

  it('tells each with who did it and the snapshot that holds it, and how to see more', () => {
    const text = driftAsMarkdown({ ...drift, changes: [], saved: saved(1, { by: ['ann', 'bob'] }) }, undefined)

    expect(text).toContain('Nothing differs on `acme` from its last snapshot, `aaaaaaaaaaaa`.')
    expect(text).toContain(
      '#### Changed outside of requests since 2026-11-15, and backed up\n\n- changed `jira/status/0`, by `ann`, `bob`, in `bbbbbbbbbbbb`\n\n',
    )
    expect(text).toContain('`tidemark log <address> --site acme`')
    expect(driftAsMarkdown({ ...drift, changes: [], saved: saved(0) }, undefined)).not.toContain('outside of requests since')
  })

  it('fits into an issue beside all the rest, and what does not is counted', () => {
    const long = (text: string) => `${text}${'`x'.repeat(300)}`
    const wide = { address: long('jira/status/') as Address, by: [1, 2, 3, 4, 5, 6].map((one) => long(String(one))) }
    const changes = Array.from({ length: 60 }, (_, index) => ({ ...change(index), ...wide }))
    const text = driftAsMarkdown({ ...drift, changes, saved: saved(300, wide), values: values(9, 9_000) }, undefined)
    const few = driftAsMarkdown({ ...drift, changes: [], saved: saved(300) }, undefined)

    expect(text.length).toBeLessThanOrEqual(60_000)
    expect(text).toContain('#### Changed outside of requests')
    expect(text).toMatch(/- … and 2[0-9][0-9] more\n/)
    expect(few.match(/^- changed/gm)).toHaveLength(40)
    expect(few).toContain('- … and 260 more\n')
  })

  it('lets no name act', () => {
    const nasty = '`<script>x</script> @ann [y](https://evil.example) #12\n# Title | cell'
    const told = saved(1, { address: nasty as Address, by: [nasty], snapshot: nasty })
    const text = driftAsMarkdown({ ...drift, changes: [], saved: told }, undefined)
    const line = text.split('\n').find((one) => one.startsWith('- changed')) ?? ''

    expect(line).toContain('evil.example')
    expect(line.replaceAll(/(`+) .*? \1(?!`)/g, '')).toBe('- changed , by , in ')
    expect(text).not.toMatch(/^# Title/m)
  })
})
