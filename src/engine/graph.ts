/** Work to order: an id, and the ids it must come after; an edge that is `late` may be cut, if it must be. */
export interface Node {
  readonly id: string
  readonly after: readonly { readonly id: string; readonly late: boolean }[]
}

export interface Ordered {
  /** Edges, all of them within the given nodes, without cycles. */
  readonly after: ReadonlyMap<string, ReadonlySet<string>>
  /** By node: the nodes whose edges had to be cut. */
  readonly cut: ReadonlyMap<string, ReadonlySet<string>>
  /** Cycles that no cut could open: their nodes. Their edges are missing from `after`. */
  readonly knots: readonly (readonly string[])[]
}

/** Opens every cycle at late edges, and only there; edges that stand in no cycle are never cut. Deterministic, linear in nodes and edges. */
export function order(nodes: readonly Node[]): Ordered {
  const ids = new Set(nodes.map(({ id }) => id))
  const edges = new Map<string, Map<string, boolean>>()
  for (const { id, after } of nodes) {
    const own = new Map<string, boolean>()
    for (const edge of after) if (edge.id !== id && ids.has(edge.id)) own.set(edge.id, (own.get(edge.id) ?? true) && edge.late)
    edges.set(id, own)
  }
  const cut = new Map<string, Set<string>>()
  for (const knot of cycles(edges)) {
    const members = new Set(knot)
    for (const id of knot) {
      for (const [to, late] of [...(edges.get(id) ?? [])]) {
        if (!late || !members.has(to)) continue
        edges.get(id)?.delete(to)
        cut.set(id, (cut.get(id) ?? new Set()).add(to))
      }
    }
  }
  const knots = cycles(edges)
  for (const knot of knots) {
    const members = new Set(knot)
    for (const id of knot) for (const to of [...(edges.get(id)?.keys() ?? [])]) if (members.has(to)) edges.get(id)?.delete(to)
  }
  return { after: new Map([...edges].map(([id, own]) => [id, new Set(own.keys())])), cut, knots }
}

/** Strongly connected components of more than one node (Tarjan, without recursion: chains may be long). */
function cycles(edges: ReadonlyMap<string, ReadonlyMap<string, boolean>>): readonly (readonly string[])[] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const onStack = new Set<string>()
  for (const root of edges.keys()) {
    if (index.has(root)) continue
    const work: { id: string; next: Iterator<string> }[] = []
    enter(root)
    while (work.length > 0) {
      const frame = work[work.length - 1] as { id: string; next: Iterator<string> }
      const step = frame.next.next()
      if (!step.done) {
        if (!index.has(step.value)) enter(step.value)
        else if (onStack.has(step.value)) low.set(frame.id, Math.min(low.get(frame.id) as number, index.get(step.value) as number))
        continue
      }
      work.pop()
      const above = work[work.length - 1]
      if (above !== undefined) low.set(above.id, Math.min(low.get(above.id) as number, low.get(frame.id) as number))
      if (low.get(frame.id) === index.get(frame.id)) leave(frame.id)
    }

    function enter(id: string): void {
      index.set(id, index.size)
      low.set(id, index.get(id) as number)
      stack.push(id)
      onStack.add(id)
      work.push({ id, next: (edges.get(id) ?? new Map()).keys() })
    }
  }
  return found

  function leave(id: string): void {
    const component: string[] = []
    for (;;) {
      const member = stack.pop() as string
      onStack.delete(member)
      component.push(member)
      if (member === id) break
    }
    if (component.length > 1) found.push(component.reverse())
  }
}
