import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Node, order } from '../../src/engine/graph.ts'

const graph: fc.Arbitrary<readonly Node[]> = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc
    .array(fc.array(fc.record({ id: fc.nat(size + 1).map(String), late: fc.boolean() }), { maxLength: 4 }), {
      minLength: size,
      maxLength: size,
    })
    .map((all) => all.map((after, index) => ({ id: String(index), after }))),
)

/** By repeated removal of nodes that wait for nothing: undefined when a cycle is left. */
function sorted(after: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const done: string[] = []
  const left = new Map([...after].map(([id, own]) => [id, new Set(own)]))
  while (left.size > 0) {
    const free = [...left].filter(([, own]) => own.size === 0).map(([id]) => id)
    if (free.length === 0) return undefined
    for (const id of free) {
      left.delete(id)
      done.push(id)
      for (const own of left.values()) own.delete(id)
    }
  }
  return done
}

/** Whether `to` can be reached from `from` along the edges of the input. */
function reaches(nodes: readonly Node[], from: string, to: string): boolean {
  const after = new Map(nodes.map((node) => [node.id, node.after.map(({ id }) => id)]))
  const seen = new Set<string>()
  const queue = [from]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (id === to) return true
    if (seen.has(id)) continue
    seen.add(id)
    queue.push(...(after.get(id) ?? []))
  }
  return false
}

describe('order', () => {
  it('leaves no cycle, whatever the graph', () => {
    fc.assert(
      fc.property(graph, (nodes) => sorted(order(nodes).after) !== undefined),
      { numRuns: 1000 },
    )
  })

  it('cuts late edges within cycles only, and every other edge stays or is told as a knot', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const { after, cut, knots } = order(nodes)
        const ids = new Set(nodes.map(({ id }) => id))
        const knotted = new Set(knots.flat())
        for (const { id, after: wanted } of nodes) {
          for (const to of new Set(wanted.map((edge) => edge.id))) {
            if (to === id || !ids.has(to)) {
              expect(after.get(id)?.has(to)).toBe(false)
              continue
            }
            const late = wanted.filter((edge) => edge.id === to).every((edge) => edge.late)
            const circular = reaches(nodes, to, id)
            expect([id, to, cut.get(id)?.has(to) === true]).toEqual([id, to, late && circular])
            if (!circular) expect(after.get(id)?.has(to)).toBe(true)
            if (circular && !late) expect(after.get(id)?.has(to) === true || (knotted.has(id) && knotted.has(to))).toBe(true)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('has no knot where every cycle has a late edge', () => {
    const nodes: Node[] = [
      { id: 'a', after: [{ id: 'b', late: true }] },
      { id: 'b', after: [{ id: 'c', late: false }] },
      { id: 'c', after: [{ id: 'a', late: false }] },
    ]

    const { after, cut, knots } = order(nodes)

    expect(knots).toEqual([])
    expect(cut).toEqual(new Map([['a', new Set(['b'])]]))
    expect(sorted(after)).toEqual(['a', 'c', 'b'])
  })

  it('tells a cycle that nothing may open', () => {
    const nodes: Node[] = [
      { id: 'a', after: [{ id: 'b', late: false }] },
      { id: 'b', after: [{ id: 'a', late: false }] },
      { id: 'c', after: [{ id: 'a', late: true }] },
    ]

    const { knots, after, cut } = order(nodes)

    expect(knots.map((knot) => [...knot].sort())).toEqual([['a', 'b']])
    expect(after.get('c')).toEqual(new Set(['a']))
    expect(cut.size).toBe(0)
  })

  it('does not cut an edge that is both late and not', () => {
    const nodes: Node[] = [
      {
        id: 'a',
        after: [
          { id: 'b', late: true },
          { id: 'b', late: false },
        ],
      },
      { id: 'b', after: [{ id: 'a', late: true }] },
    ]

    expect(order(nodes)).toMatchObject({ cut: new Map([['b', new Set(['a'])]]), knots: [] })
  })

  it('goes through a chain and a ring of 20,000 without overflowing', () => {
    const size = 20_000
    const chain = Array.from({ length: size }, (_, index) => ({
      id: `${index}`,
      after: index === 0 ? [] : [{ id: `${index - 1}`, late: false }],
    }))
    const ring = [{ id: '0', after: [{ id: `${size - 1}`, late: true }] }, ...chain.slice(1)]

    expect(order(chain)).toMatchObject({ knots: [], cut: new Map() })
    expect(order(ring).cut).toEqual(new Map([['0', new Set([`${size - 1}`])]]))
  })

  it('gives the same answer every time', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        expect(order(nodes)).toEqual(order(nodes))
      }),
    )
  })
})
