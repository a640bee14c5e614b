import { digestOfText } from '../engine/digest.ts'
import type { PlanFacts } from '../engine/plan.ts'
import { hasDangling } from '../engine/references.ts'
import { type Address, isPart, kindOf, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Decisions } from '../model/match-table.ts'
import type { Change, MovesSaid, Plan, Policy } from '../model/plan.ts'
import type { Request } from '../model/request.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { branchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { overlay, takeBack } from './intent.ts'
import { opener } from './pinned.ts'
import { type Asked, lifeOf } from './request-branch.ts'
import { type Live, type Prepared, planChanges, readLive } from './restore.ts'
import { type ConnectedSite, factsOf, type SiteDeps } from './site.ts'
import { requireSameSite } from './site-file.ts'
import type { Situation } from './situation.ts'
import type { Standing } from './standing.ts'
import { type Stored, stored } from './stored.ts'
import { validatePlan } from './validate.ts'

/** What planning is given beside the destination. */
export interface PlanSources {
  /** Another site of the repository, for what comes from there. */
  readonly site: (name: string) => Promise<SiteDeps>
  /** Which of the source is which of the destination, where names do not tell. */
  readonly decisions?: Decisions
  /** Addresses that policy protects from any write. */
  readonly protect?: readonly Address[]
  /** Of an edit: the wanted resources, opened; and their texts, by path. */
  readonly wanted?: Snapshot
  readonly wantedTexts?: ReadonlyMap<string, string>
  /** Of a plan that is under way: the plan, and the snapshot that was taken before its first write. */
  readonly resumed?: Underway
  /** The site as it was read a moment ago. Read anew where it has another snapshot by now. */
  readonly read?: Read
}

/** A reading, and the snapshot that the site had then. */
export interface Read {
  readonly reading: Live
  readonly before: CommitId | undefined
}

/** A plan that is being carried out. */
export interface Underway {
  readonly plan: Plan
  readonly before: CommitId
}

/** A plan for a request, and what it was made from. */
export interface PreparedRequest extends Prepared {
  readonly asked: Asked
  readonly reading: Live
  /** What the site's branch held. */
  readonly before: Stored
  /** How what was asked for stands to the destination, and where its wanted values are. */
  readonly standing: Standing
}

/**
 * Makes the plan that would fulfil a request on its destination as it is now. Nothing is written. Throws `REQUEST_*` where the request is for another
 * site or its snapshots are not what was pinned; all else is told in the plan's findings.
 */
export async function planRequest(deps: ConnectedSite, asked: Asked, sources: PlanSources): Promise<PreparedRequest> {
  const { request } = asked
  if (request.to.site !== deps.name) throw anotherSite(request, `is for ${request.to.site}, not for ${deps.name}`)
  const before = await stored(deps, await deps.repository.head(branchOf(deps.name)))
  const { resumed, read } = sources
  const known = read?.before === before.commit ? read?.reading : undefined
  const reading = resumed === undefined ? (known ?? (await readLive(deps, before.bindings))) : await asItWas(deps, resumed)
  requireSameSite(reading.facts, before.site, deps.name)
  if (request.to.cloudId !== reading.facts.cloudId) throw anotherSite(request, `is for another Jira site than ${deps.name} is now`)

  const situation: Situation = { deps, request, sources, reading, before }
  const intent = request.undo === undefined ? await overlay(situation) : await takeBack(situation)
  const policy = policyOf(request, intent.gone, sources.protect ?? [])
  const { source, base } = intent
  const bound = { policy, source, ...(base === undefined ? {} : { base }), request: digestOfText(textOf(asked, sources), deps.digestKey) }
  const facts = { ...intent.facts, ...(await movesIn(deps, request)) }
  const prepared = planChanges(deps, reading, intent.now, intent.changes, bound, facts)
  const { plan } = prepared
  const standing = { states: intent.states, standsAt: intent.standsAt }
  // What a plan under way does was judged before it began.
  if (resumed !== undefined) return { ...prepared, asked, reading, before, standing }
  const { bindings } = reading.captured
  const refused = await validatePlan(deps, { steps: plan.steps, documents: prepared.documents, now: intent.now, bindings })
  const findings = [...intent.findings, ...questions(request, intent.changes), ...largeChange(plan), ...plan.findings, ...refused]
  const lost = await withCounts(deps, reading, plan.lost, intent.facts.repairs)
  const told = { ...plan, findings: await withCounts(deps, reading, findings), lost }
  return { ...prepared, plan: told, asked, reading, before, standing }
}

/** What the request says of work items that move, and what an apply of it wrote before. */
async function movesIn({ repository, trusted }: ConnectedSite, { id, moves }: Request): Promise<Pick<PlanFacts, 'moves' | 'written'>> {
  if (moves === undefined) return {}
  const { result } = await lifeOf(repository, id, trusted)
  return { moves: new Map(Object.entries(moves) as [Address, MovesSaid][]), written: new Set(result?.touched) }
}

/** Keyed digest of what people wrote: the request and what stands beside it. The match table is not among it: it grows with other requests. */
export function digestOfAsked({ digestKey }: Pick<ConnectedSite, 'digestKey'>, { text }: Asked, { wantedTexts }: PlanSources): string {
  return digestOfText([text, ...sorted(wantedTexts)].join('\u0000'), digestKey)
}

/** All that was asked, as one text: the request, the wanted resources beside it, and the match table. */
function textOf({ text }: Asked, { wantedTexts, decisions }: PlanSources): string {
  const { matches = [], users = [], groups = [], apart = [] } = decisions ?? {}
  const table = JSON.stringify([[...matches].sort(), [...users].sort(), [...groups].sort(), [...apart].sort()])
  return [text, table, ...sorted(wantedTexts)].join('\u0000')
}

function sorted(texts: ReadonlyMap<string, string> = new Map()): readonly string[] {
  return [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).flat()
}

/**
 * The site as a plan under way met it: what was backed up before its first write, without what it makes. From the same pins follows the same plan, whatever
 * became of the site since.
 */
async function asItWas(deps: ConnectedSite, { plan, before }: Underway): Promise<Live> {
  const from = await stored(deps, before)
  const lacked = new Set(plan.steps.filter(({ verb }) => verb === 'create' || verb === 'revive').map(({ address }) => address))
  const snapshot = new Map([...(await opener(deps)(from))].filter(([address]) => !lacked.has(address)))
  const findings = [...snapshot.values()]
    .filter((resource) => hasDangling(resource, deps.catalogue.type(typeOf(resource.address))))
    .map(danglingIn)
  const captured = { snapshot, bindings: from.bindings, seen: new Set(snapshot.keys()), findings }
  return { readings: [], captured, facts: await factsOf(deps), known: from.bindings }
}

function danglingIn({ address }: Resource): Finding {
  return { level: 'note', code: 'REFERENCE_DANGLING', message: `${address} named something that did not exist.`, address }
}

function policyOf({ choices }: Request, gone: readonly Address[], protect: readonly Address[]): Policy {
  const answers: Record<string, 'live' | 'wanted'> = {}
  for (const [address, choice] of Object.entries(choices)) {
    // Whoever names one object for deletion means it as it is.
    if (choice === 'overwrite' || choice === 'delete') answers[address] = 'wanted'
    if (choice === 'keep') answers[address] = 'live'
  }
  return { delete: [...new Set(gone)].sort(), protect: [...protect].sort(), choices: answers }
}

/** Where several people changed an object in the same snapshots, only a person can say what shall be taken back. */
function questions({ ask = [], choices }: Request, changes: readonly Change[]): readonly Finding[] {
  const changed = new Set(changes.map(({ address }) => address))
  return ask
    .filter((address) => changed.has(address) && !Object.hasOwn(choices, address))
    .map((address) => ({
      level: 'error',
      code: 'PLAN_SHARED',
      message: `${address} was changed by others too between the same two backups; nobody can tell whose change is whose.`,
      address,
      cure: `Say what shall happen: choices: { "${address}": overwrite } takes back all of it, skip leaves it.`,
    }))
}

// A tenth of a site in one request is more often a wrong selection than a wish.
const largeShare = 0.1
const largeLeast = 50

function largeChange({ steps, existed }: Plan): readonly Finding[] {
  const total = Object.values(existed).reduce((sum, ids) => sum + ids.length, 0)
  const deletes = steps.filter(({ verb }) => verb === 'delete').length
  if (steps.length <= Math.max(largeLeast, total * largeShare) && deletes < 10) return []
  return [
    {
      level: 'warning',
      code: 'PLAN_LARGE',
      message: `This is a large change: ${steps.length} steps, ${deletes} of them delete, on a site of ${total} objects.`,
      cure: 'Look at the selection once more before it is approved.',
    },
  ]
}

/**
 * The findings about what work items hold, with how many do, where the site can tell; of what is not there to be asked, with how many are in what refers to
 * it again.
 */
async function withCounts(
  deps: ConnectedSite,
  { captured }: Live,
  findings: readonly Finding[],
  repairs: PlanFacts['repairs'] = new Map(),
): Promise<readonly Finding[]> {
  const sites = new Map<string, readonly [ResourceType, unknown]>()
  for (const { product, site } of deps.connected) for (const type of product.types) sites.set(type.name, [type, site])
  return Promise.all(
    findings.map(async (finding) => {
      const { address, code, message } = finding
      if (address === undefined || (code !== 'PLAN_SPARED' && code !== 'PLAN_LOST')) return finding
      if (code === 'PLAN_LOST' && !captured.seen.has(ownerOf(address))) return withThoseInside(finding, address)
      const [type, site] = sites.get(typeOf(address)) ?? []
      const [owner, part] = [captured.bindings.idOf(ownerOf(address)), captured.bindings.idOf(address)]
      if (type?.held === undefined || owner === undefined || part === undefined || !captured.seen.has(address)) return finding
      const which = isPart(address) ? { kind: kindOf(address).slice(kindOf(address).indexOf('#') + 1), id: part } : undefined
      const count = await type.held(site, owner, which).catch(() => undefined)
      return count === undefined
        ? finding
        : { ...finding, message: `${message} ${count === 1 ? '1 work item holds' : `${count} work items hold`} it now.` }
    }),
  )

  async function withThoseInside(finding: Finding, lost: Address): Promise<Finding> {
    const again = [...repairs].filter(([, to]) => to.includes(lost)).map(([address]) => address)
    const counts = await Promise.all(
      again.map((address) => {
        const [type, site] = sites.get(typeOf(address)) ?? []
        const id = captured.bindings.idOf(address)
        return type?.held === undefined || id === undefined ? undefined : type.held(site, id).catch(() => undefined)
      }),
    )
    const count = counts.reduce((sum: number | undefined, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0)
    if (count === undefined || again.length === 0) return finding
    const inside = count === 1 ? '1 work item is' : `${count} work items are`
    return { ...finding, message: `${finding.message} ${inside} in what refers to it again.` }
  }
}

function anotherSite({ id }: Request, why: string): TidemarkError {
  return new TidemarkError('REQUEST_ANOTHER_SITE', `The request ${id} ${why}.`, {
    cure: 'Write it anew for the site that is meant; a request is never turned to another site.',
  })
}
