import { type State, statesOf } from '../engine/states.ts'
import type { Address } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import { type Glob, matcherOf } from '../model/glob.ts'
import { printable } from '../model/printable.ts'
import type { Pin, Request, RequestKind, Undone } from '../model/request.ts'
import { branchOf, mainBranch, requestFileOf, reviewBranchOf } from '../repository/layout.ts'
import type { CommitId, FileChange, Repository } from '../repository/repository.ts'
import { changedBetween } from './changed.ts'
import { opener, pinOf, storedAtPin } from './pinned.ts'
import { baseFor } from './promoted.ts'
import { proposeRequest, resultsOf } from './request-branch.ts'
import { recordsOf, type SnapshotLine } from './run-lines.ts'
import { requireGlobs } from './selection.ts'
import type { SiteDeps } from './site.ts'
import { stored } from './stored.ts'

/** A request that was written, and what it takes in. */
export interface Written {
  readonly request: Request
  readonly branch: string
  readonly commit: CommitId
}

export interface AskRestore {
  /** Otherwise made of the day, the kind and the destination. */
  readonly id?: string
  readonly select: readonly Glob[]
  readonly delete: readonly Glob[]
}

/**
 * Writes the request to bring back what a snapshot holds: of the destination itself, or of another site. The destination's last snapshot is pinned as
 * the base, so that what others change from now on stays. Throws `REQUEST_*` where the request would ask for nothing.
 */
export async function askRestore(
  to: SiteDeps,
  from: SiteDeps,
  commit: CommitId,
  asked: AskRestore,
): Promise<Written & { readonly states: ReadonlyMap<Address, State> }> {
  requireGlobs([...asked.select, ...asked.delete])
  const head = await lastSnapshot(to)
  const [source, base] = [await pinOf(from, commit), await pinOf(to, head)]
  if (source.commit === base.commit) {
    throw new TidemarkError(
      'REQUEST_SAME',
      'The source is the last snapshot of the destination itself: it asks for nothing that was not there.',
      {
        cure: `Name an earlier snapshot (--from 2026-11-01, --from HEAD~2; tidemark log lists them), or see what changed since: tidemark drift --site ${to.name}`,
      },
    )
  }
  const here = await stored(to, head)
  const [theirs, ours] = [await opener(from)(await storedAtPin(from, source)), await opener(to)(here)]
  const selected = matcherOf(asked.select)
  const own = from === to
  const states = statesOf(theirs, ours, (address) => selected(address) || matcherOf(asked.delete)(address), { sameSite: own })
  if (![...theirs.keys()].some(selected) && asked.delete.length === 0) throw nothingMatches(asked.select)
  const written = await propose(to, here.site?.cloudId, 'restore', asked, { source, ...(own ? { base } : {}) })
  return { ...written, states }
}

export interface AskUndo {
  readonly id?: string
  /** The snapshot to be taken back, or the last of those after `from`. */
  readonly to: CommitId
  readonly from?: CommitId
  /** Only what this account changed, as far as the audit log of the site tells. */
  readonly by?: string
  readonly select: readonly Glob[]
}

export interface WrittenUndo extends Written {
  /** How many changes are taken back; how many were left out because nobody is on record for them. */
  readonly changes: number
  readonly unknown: number
}

/** Writes the request to take back what some snapshots changed. What was added in them is named for deletion. */
export async function askUndo(site: SiteDeps, asked: AskUndo): Promise<WrittenUndo> {
  requireGlobs(asked.select)
  const selected = asked.select.length === 0 ? () => true : matcherOf(asked.select)
  const { repository } = site
  const here = await stored(site, await lastSnapshot(site))
  const commits: { id: CommitId; parent: CommitId }[] = []
  for await (const { id, parents } of repository.log(asked.to)) {
    if (id === asked.from) break
    const [parent] = parents
    if (parent === undefined) throw asked.from === undefined ? nothingBefore() : notBefore(asked.from, asked.to)
    commits.push({ id, parent })
    if (asked.from === undefined) break
  }
  const [newest, oldest] = [commits[0], commits.at(-1)]
  if (newest === undefined || oldest === undefined) throw notBefore(asked.to, asked.to)
  const pairs = asked.by === undefined ? [{ id: newest.id, parent: oldest.parent }] : commits
  const records =
    asked.by === undefined
      ? new Map<CommitId, SnapshotLine>()
      : await recordsOf(
          site,
          commits.map(({ id }) => id),
        )
  const undone: Undone[] = []
  const ask = new Set<Address>()
  const added = new Set<Address>()
  let unknown = 0
  for (const { id, parent } of pairs) {
    const addresses: Address[] = []
    for (const [address, what] of await changedBetween(repository, parent, id)) {
      if (!selected(address)) continue
      if (asked.by !== undefined) {
        const by = records.get(id)?.changes.get(address)?.by ?? 'unknown'
        if (by === 'unknown') unknown += 1
        if (by === 'unknown' || !by.includes(asked.by)) continue
        if (by.length > 1) ask.add(address)
      }
      addresses.push(address)
      // The earliest of its changes tells whether it was there before.
      if (what === 'added') added.add(address)
      else added.delete(address)
    }
    if (addresses.length > 0) undone.push({ before: await snapshotPin(site, parent), after: await pinOf(site, id), addresses })
  }
  if (undone.length === 0) throw asked.by === undefined ? nothingMatches(asked.select) : nobody(asked.by, unknown)
  const pins = { undo: undone, ...(ask.size === 0 ? {} : { ask: [...ask].sort() }) }
  const written = await propose(site, here.site?.cloudId, 'undo', { ...asked, delete: [...added].sort() }, pins)
  return { ...written, changes: undone.reduce((sum, { addresses }) => sum + addresses.length, 0), unknown }
}

/**
 * Writes the request to bring objects of one site to another. What of them was promoted before, as the destination's runs tell, has that for a base: what
 * the destination changed since is its own.
 */
export async function askCopy(
  to: SiteDeps,
  from: SiteDeps,
  asked: { readonly id?: string; readonly select: readonly Glob[] },
): Promise<Written & { readonly base: Pin | undefined }> {
  requireGlobs(asked.select)
  if (to.name === from.name) {
    throw new TidemarkError('REQUEST_SAME', 'A site is not promoted to itself.', {
      cure: 'Name two sites: --from and --to. To go back in time: tidemark restore',
    })
  }
  const [source, here] = [await pinOf(from, await lastSnapshot(from)), await stored(to, await lastSnapshot(to))]
  const selected = [...(await storedAtPin(from, source)).files.keys()].filter(matcherOf(asked.select))
  if (selected.length === 0) throw nothingMatches(asked.select)
  const promoted = await baseFor(to, from.name, selected, (pin) => storedAtPin(from, pin))
  const base = promoted?.pin
  const pins = { source, ...(promoted === undefined ? {} : { base: promoted.pin, promoted: promoted.addresses }) }
  const written = await propose(to, here.site?.cloudId, 'promotion', { ...asked, delete: [] }, pins)
  return { ...written, base }
}

/** Writes the request to take back what a request did, in all the applies that it took. Throws `REQUEST_NOT_APPLIED`. */
export async function askRollback(site: SiteDeps, id: string, own: { readonly id?: string } = {}): Promise<Written> {
  const results = await resultsOf(site.repository, id, site.trusted)
  const [last] = results
  if (last === undefined) {
    throw new TidemarkError('REQUEST_NOT_APPLIED', `The request ${id} was not applied, so there is nothing to take back.`)
  }
  const undone: Undone[] = []
  const added = new Set<Address>()
  for (const result of results) {
    const [before, after] = [await pinOf(site, result.before), await pinOf(site, result.after)]
    const touched = new Set(result.touched)
    const named = [...(await changedBetween(site.repository, before.commit, after.commit))].filter(([address]) => touched.has(address))
    for (const [address, what] of named) {
      if (what === 'added') added.add(address)
      else added.delete(address)
    }
    if (named.length > 0) undone.push({ before, after, addresses: named.map(([address]) => address) })
  }
  if (undone.length === 0) throw new TidemarkError('REQUEST_NOT_APPLIED', `The apply of ${id} changed nothing that could be taken back.`)
  const here = await stored(site, last.after as CommitId)
  const asked = { id: own.id ?? `${id.slice(0, 60)}-rollback`, select: [], delete: [...added].sort() }
  return propose(site, here.site?.cloudId, 'rollback', asked, { undo: undone })
}

/** The last snapshot of a site. Throws where there is none. */
export async function lastSnapshot({ name, repository }: SiteDeps): Promise<CommitId> {
  const head = await repository.head(branchOf(name))
  if (head !== undefined) return head
  throw new TidemarkError('REPOSITORY_NO_SNAPSHOT', `There is no snapshot of "${name}" yet.`, {
    cure: `Run: tidemark backup --site ${name}`,
  })
}

async function snapshotPin(site: SiteDeps, commit: CommitId): Promise<Pin> {
  if ((await stored(site, commit)).siteText === undefined) throw nothingBefore()
  return pinOf(site, commit)
}

/** Writes the request on a branch of its own; `more` are files beside it, by path below its folder. */
export async function propose(
  to: SiteDeps,
  cloudId: string | undefined,
  kind: RequestKind,
  asked: { readonly id?: string; readonly select: readonly Glob[]; readonly delete: readonly Glob[] },
  pins: Pick<Request, 'source' | 'base' | 'promoted' | 'undo' | 'ask'>,
  more: readonly FileChange[] = [],
): Promise<Written> {
  if (cloudId === undefined) {
    throw new TidemarkError('REPOSITORY_NO_SNAPSHOT', `There is no snapshot of "${to.name}" yet.`, {
      cure: `Run: tidemark backup --site ${to.name}`,
    })
  }
  const day = to.context.clock.now().toISOString().slice(0, 10)
  const id = asked.id ?? (await freeId(to.repository, `${day}-${kind}-${to.name.slice(0, 40)}`))
  const request: Request = {
    format: 1,
    id,
    kind,
    to: { site: to.name, cloudId },
    ...pins,
    select: asked.select,
    delete: asked.delete,
    choices: {},
    users: {},
    groups: {},
  }
  const commit = await proposeRequest(to.repository, request, more)
  return { request, branch: reviewBranchOf(id), commit }
}

async function freeId(repository: Repository, wish: string): Promise<string> {
  const main = await repository.head(mainBranch)
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wish : `${wish}-${number}`
    const merged = main === undefined ? undefined : await repository.read(main, requestFileOf(id))
    if (merged === undefined && (await repository.head(reviewBranchOf(id))) === undefined) return id
  }
}

function nothingMatches(select: readonly Glob[]): TidemarkError {
  return new TidemarkError(
    'REQUEST_NOTHING_SELECTED',
    `Nothing in that snapshot is taken in by ${printable(select.join(' '), 200) || 'the selection'}.`,
    {
      cure: 'List what there is: tidemark show --at <snapshot>. A pattern looks like jira/workflow or jira/field/customer-*.',
    },
  )
}

function nobody(account: string, unknown: number): TidemarkError {
  return new TidemarkError('REQUEST_NOTHING_SELECTED', `No change in these snapshots is on record for ${printable(account, 80)}.`, {
    cure: `${unknown === 0 ? '' : `${unknown} of them have nobody on record. `}See who is: tidemark log, or leave --by out.`,
  })
}

function nothingBefore(): TidemarkError {
  return new TidemarkError('REQUEST_FIRST_SNAPSHOT', 'Before the first backup there is nothing to go back to.', {
    cure: 'Name a later snapshot; tidemark log lists them.',
  })
}

function notBefore(from: CommitId, to: CommitId): TidemarkError {
  return new TidemarkError('REQUEST_RANGE', `Between ${from.slice(0, 12)} and ${to.slice(0, 12)} there is no snapshot to take back.`, {
    cure: 'A range a..b begins with the older one: those after a, up to b. tidemark log lists them, the newest first.',
  })
}
