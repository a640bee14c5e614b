/** Finds the operation that a method and a path mean. */
import type { Method, Operation } from './kit.ts'

export interface Match {
  readonly operation: Operation
  readonly params: Readonly<Record<string, string>>
}

export interface Router {
  /** The operation, or the methods that the path knows (none: no such path). Throws `URIError` for a path that is not well encoded. */
  find(method: string, path: string): Match | readonly Method[]
}

interface Branch {
  readonly fixed: Map<string, Branch>
  named?: Branch
  readonly operations: Map<string, { readonly operation: Operation; readonly names: readonly string[] }>
}

/** A router over these operations. Of two with one method and template the later wins. */
export function newRouter(operations: Iterable<Operation>): Router {
  const root = newBranch()
  for (const operation of operations) {
    let branch = root
    const names: string[] = []
    for (const segment of segmentsOf(operation.path)) {
      if (segment.startsWith('{')) {
        names.push(segment.slice(1, -1))
        branch.named ??= newBranch()
        branch = branch.named
        continue
      }
      const next = branch.fixed.get(segment) ?? newBranch()
      branch.fixed.set(segment, next)
      branch = next
    }
    branch.operations.set(operation.method, { operation, names })
  }

  return {
    find(method, path) {
      const segments = segmentsOf(path)
      const known = new Set<Method>()
      const found = walk(root, segments, 0, [], method, known)
      return found ?? [...known]
    },
  }
}

function walk(
  branch: Branch,
  segments: readonly string[],
  at: number,
  values: string[],
  method: string,
  known: Set<Method>,
): Match | undefined {
  if (at === segments.length) {
    const found = branch.operations.get(method)
    if (found === undefined) {
      for (const each of branch.operations.keys()) known.add(each as Method)
      return undefined
    }
    const params: Record<string, string> = {}
    for (const [place, name] of found.names.entries()) params[name] = decodeURIComponent(values[place] ?? '')
    return { operation: found.operation, params }
  }
  const segment = segments[at] as string
  const fixed = branch.fixed.get(segment)
  const match = fixed === undefined ? undefined : walk(fixed, segments, at + 1, values, method, known)
  if (match !== undefined || branch.named === undefined) return match
  return walk(branch.named, segments, at + 1, [...values, segment], method, known)
}

function newBranch(): Branch {
  return { fixed: new Map(), operations: new Map() }
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1)
}
