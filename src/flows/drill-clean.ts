import { idOf } from '../engine/names.ts'
import { isTwin } from '../engine/twins.ts'
import type { RemoteId, TypeName } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from '../model/json.ts'
import { printable } from '../model/printable.ts'
import { isGap, type ResourceType } from '../model/resource-type.ts'
import type { DrillLog } from './drill-log.ts'
import { type ConnectedSite, factsOf } from './site.ts'

export interface Cleaned {
  readonly removed: number
  /** What is still there, with the reason. */
  readonly findings: readonly Finding[]
}

interface Thing {
  readonly type: TypeName
  readonly id: RemoteId
}

/**
 * Removes from a site what a drill made there, the last first, and only what its log names, or may have been made without a word since, and what bears both
 * its name and its marker now. What others refer to is tried again when those are gone. Throws `ACCESS_OTHER_SITE` where the log is of another site.
 */
export async function cleanDrill(site: ConnectedSite, log: DrillLog): Promise<Cleaned> {
  const lines = await log.read()
  const begun = lines.find(({ what }) => what === 'begun')
  if (begun?.what !== 'begun') return { removed: 0, findings: [] }
  const { tag } = begun
  await requireSite(site, begun.cloudId)
  const types = new Map<TypeName, readonly [ResourceType, unknown]>()
  for (const { product, site: opened } of site.connected) for (const type of product.types) types.set(type.name, [type, opened])
  const gone = new Set(lines.flatMap((line) => (line.what === 'removed' ? [keyOf(line)] : [])))
  const made = lines.flatMap((line): Thing[] => (line.what === 'made' ? [{ type: line.type, id: line.id }] : []))
  let left = [...(await unrecorded()), ...made.toReversed()].filter((thing) => !gone.has(keyOf(thing)))
  let removed = 0
  let findings: Finding[] = []
  for (let before = left.length + 1; left.length > 0 && left.length < before; ) {
    before = left.length
    const next: Thing[] = []
    findings = []
    for (const alike of runsOf(left)) {
      const problems = await Promise.all(alike.map(erased))
      for (const [place, problem] of problems.entries()) {
        if (problem === undefined) continue
        next.push(alike[place] as Thing)
        findings.push(problem)
      }
    }
    left = next
  }
  return { removed, findings }

  /** Undefined when it is gone; what belonged to something that went, went with it. */
  async function erased(thing: Thing): Promise<Finding | undefined> {
    const [type, opened] = types.get(thing.type) ?? []
    if (type?.get === undefined) return leftover(thing, 'its type is not read here, so nobody can tell.')
    try {
      const item = await type.get(opened, thing.id)
      if (item !== undefined) {
        if (type.twin === undefined)
          return type.parent === undefined ? leftover(thing, 'its type cannot be removed.') : leftover(thing, 'it goes with its owner.')
        if (!isTwin(item, type, tag)) return leftover(thing, 'it does not bear the name and marker of the drill any more.')
        await (type.erase ?? type.remove)?.(opened, thing.id)
        removed += 1
      }
      await log.append([{ what: 'removed', ...thing }])
      return undefined
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error
      return leftover(thing, error.message)
    }
  }

  /** Objects whose creation was meant, and of which no id was written down: the drill was cut off between the two. */
  async function unrecorded(): Promise<readonly Thing[]> {
    const known = new Set(made.map(keyOf))
    const found: Thing[] = []
    const meant = Map.groupBy(lines, (line) => (line.what === 'meant' ? line.type : undefined))
    for (const [name, intended] of meant) {
      const [type, opened] = name === undefined ? [] : (types.get(name) ?? [])
      if (type === undefined || intended.length <= made.filter((thing) => thing.type === name).length) continue
      for await (const item of type.read(opened)) {
        if (isGap(item) || !isTwin(item, type, tag)) continue
        const thing = { type: type.name, id: idOf(type, item as Draft) }
        if (!known.has(keyOf(thing))) found.push(thing)
      }
    }
    return found
  }
}

const atOnce = 8

/** Neighbours of one type, some at a time: they do not refer to each other. */
function runsOf(things: readonly Thing[]): readonly (readonly Thing[])[] {
  const runs: Thing[][] = []
  for (const thing of things) {
    const last = runs.at(-1)
    if (last !== undefined && last.length < atOnce && last[0]?.type === thing.type) last.push(thing)
    else runs.push([thing])
  }
  return runs
}

async function requireSite(site: ConnectedSite, cloudId: string): Promise<void> {
  const facts = await factsOf(site)
  if (facts.cloudId === cloudId) return
  throw new TidemarkError('ACCESS_OTHER_SITE', `"${site.name}" answers as cloud ${facts.cloudId}; the drill was on ${cloudId}.`, {
    cure: 'Nothing was removed. Let tidemark.yaml lead to that site, or delete the log of the drill.',
  })
}

function leftover({ type, id }: Thing, why: string): Finding {
  return {
    level: 'error',
    code: 'DRILL_LEFTOVER',
    message: `${type} ${printable(id, 80)}, which the drill made, is still there: ${why}`,
    cure: 'Try again: tidemark drill --to <site> --clean. Or delete it in Jira; its name begins with tidemark-drill.',
  }
}

function keyOf({ type, id }: Thing): string {
  return `${type} ${id}`
}
