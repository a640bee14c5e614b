import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagramAsMermaid } from '../../src/engine/mermaid.ts'

describe('a drawn workflow', () => {
  it('shows statuses by their slugs and transitions by their names, from anywhere too', () => {
    const text = diagramAsMermaid({
      nodes: [
        { key: 'jira/status/to-do', label: 'jira/status/to-do' },
        { key: 'jira/status/done', label: 'jira/status/done' },
      ],
      ways: [
        { to: 'jira/status/to-do', label: 'Create' },
        { from: 'jira/status/to-do', to: 'jira/status/done', label: 'Finish it' },
        { from: 'jira/status/gone', to: 'jira/status/done', label: 'From nowhere' },
      ],
    })
    expect(text?.split('\n')).toEqual([
      'flowchart LR',
      '  anywhere(("any"))',
      '  n0["to-do"]',
      '  n1["done"]',
      '  anywhere -->|"Create"| n0',
      '  n0 -->|"Finish it"| n1',
    ])
  })

  it('is not drawn where it is too large', () => {
    const node = { key: 'a', label: 'a' }
    expect(diagramAsMermaid({ nodes: [node], ways: Array.from({ length: 201 }, () => ({ to: 'a', label: 'x' })) })).toBeUndefined()
    expect(diagramAsMermaid({ nodes: Array.from({ length: 3000 }, (_none, n) => ({ key: `${n}`, label: 'x' })), ways: [] })).toBeUndefined()
  })

  it('lets no name mean anything to whoever draws it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (name) => {
        const text = diagramAsMermaid({ nodes: [{ key: 'a', label: name }], ways: [{ to: 'a', label: name }] }) ?? ''
        const lines = text.split('\n')
        expect(lines).toHaveLength(4)
        expect(lines[2]).toMatch(/^ {2}n0\["(?:[\p{L}\p{N} .,-]|#[0-9]+;)+"\]$/u)
        expect(lines[3]).toMatch(/^ {2}anywhere -->\|"(?:[\p{L}\p{N} .,-]|#[0-9]+;)+"\| n0$/u)
      }),
    )
    expect(diagramAsMermaid({ nodes: [{ key: 'a', label: '"]; click n0 "javascript:alert(1)"' }], ways: [] })).not.toMatch(/click n0 "/)
  })
})
