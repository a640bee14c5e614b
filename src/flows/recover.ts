import { type Needed, needsOf } from '../engine/needs.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Lack } from '../model/need.ts'
import type { Licence } from '../model/product.ts'
import type { Snapshot } from '../model/resource.ts'
import { branchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { askRestore, lastSnapshot } from './ask.ts'
import { backup } from './backup.ts'
import { opener, pinOf, storedAtPin } from './pinned.ts'
import { lastInPlaceOf } from './pull/follow-up.ts'
import { planRebind, rebind } from './rebind.ts'
import { type Recorded, type Recovery, recordRecovery, recoveryOf, type SiteBackup, type Wave } from './recovery-branch.ts'
import { isOpen, type Life, lifeOf, type Result } from './request-branch.ts'
import { lastRebind } from './run-lines.ts'
import type { ConnectedSite, SiteDeps } from './site.ts'
import { stored } from './stored.ts'

export interface RecoverOptions {
  /** The snapshot to bring back; the last one unless said otherwise. Not asked again once a recovery has begun. */
  readonly commit?: CommitId
  /** Whether Atlassian's own backup of the site was restored to the destination first; must be answered once. */
  readonly siteBackup?: SiteBackup
  /** Begins again although one is under way. */
  readonly anew?: boolean
}

/** What has to happen next with a wave. */
export type WaveState = 'plan' | 'plan again' | 'apply' | 'resume' | 'by hand' | 'done'

export interface WaveReport extends Wave {
  readonly state: WaveState
  readonly objects: number
  readonly result?: Result
}

/** How far the recovery of a site is, in the order in which things must be done. */
export interface Recovering {
  readonly recovery: Recovery
  readonly licences: readonly Licence[]
  /** What the snapshot needs and the destination lacks, and whose it is. */
  readonly lacking: readonly (Lack & Pick<Needed, 'by'>)[]
  /** One a product. Those behind the first that is not done are not asked for yet. */
  readonly waves: readonly WaveReport[]
  /** Products whose turn has not come. */
  readonly later: readonly string[]
  /** Since it began, or in all. */
  readonly minutes: number
}

/**
 * Begins or goes on with the recovery of a whole site to a destination: writes the requests, one product after the other, and tells what is done and what
 * is next. The requests are planned and applied by people. Nothing is written to the destination, and what is known of a recovery stands on a branch, so
 * that any machine can go on. Throws `USAGE_SITE_BACKUP` until it is answered, `RECOVER_SAME_NAME`, `RECOVER_OTHER`, and what stands in the way.
 */
export async function recover(to: ConnectedSite, from: SiteDeps, options: RecoverOptions = {}): Promise<Recovering> {
  await requireAccess(to)
  let recorded = await begun(to, from, options)
  const recovery = recorded.recovery as Recovery
  const snapshot = await opener(from)(await storedAtPin(from, recovery.from))
  const reports: WaveReport[] = []
  const waves = [...recovery.waves]
  const products = to.connected.map(({ product }) => product.name).filter((name) => objectsOf(snapshot, name) > 0)
  for (const [place, product] of products.entries()) {
    if (waves[place] === undefined) {
      waves.push(await asked(to, from, recovery, product))
      recorded = await recordRecovery(to, recorded.head, { ...recovery, waves })
    }
    const report = await reportOf(to, waves[place] as Wave, objectsOf(snapshot, product))
    reports.push(report)
    if (report.state !== 'done' && report.state !== 'by hand') break
  }
  const all = reports.length === products.length && reports.every(({ state }) => state === 'done')
  const now = to.context.clock.now()
  if (all && recorded.recovery?.ended === undefined) {
    recorded = await recordRecovery(to, recorded.head, { ...recovery, waves, ended: now.toISOString() })
  }
  const last = recorded.recovery as Recovery
  return {
    recovery: last,
    licences: (await Promise.all(to.connected.map(async ({ product, site }) => (await product.licences?.(site)) ?? []))).flat(),
    lacking: await lackingOf(to, snapshot),
    waves: reports,
    later: products.slice(reports.length),
    minutes: Math.ceil(((last.ended === undefined ? now : new Date(last.ended)).getTime() - new Date(last.started).getTime()) / 60_000),
  }
}

/** The recovery that is under way; a new one where there is none. */
async function begun(to: ConnectedSite, from: SiteDeps, { commit, siteBackup, anew = false }: RecoverOptions): Promise<Recorded> {
  const recorded = await recoveryOf(to)
  const { recovery } = recorded
  if (recovery !== undefined && !anew && (recovery.ended === undefined || commit === undefined || commit === recovery.from.commit)) {
    if (recovery.from.site === from.name && (commit === undefined || commit === recovery.from.commit)) return recorded
    throw new TidemarkError(
      'RECOVER_OTHER',
      `A recovery of ${to.name} from ${recovery.from.site} at ${recovery.from.commit.slice(0, 12)} is under way since ${recovery.started}.`,
      { cure: 'Go on with that one, or begin again with --anew; requests of the first stay where they are.' },
    )
  }
  if (siteBackup === undefined) {
    throw new TidemarkError('USAGE_SITE_BACKUP', "Is there a backup of the site that Atlassian's own backup manager made?", {
      cure:
        'It alone holds work items. If there is one, restore it to the destination first and say --site-backup restored: then only the difference is ' +
        'repaired. If there is none: --site-backup none.',
    })
  }
  const own = to.name === from.name
  if (own) await takeOver(to, siteBackup)
  const source = await pinOf(from, commit ?? (own ? await lastOfOwn(from) : await lastSnapshot(from)))
  const started = to.context.clock.now().toISOString()
  return recordRecovery(to, recorded.head, { format: 1, from: source, siteBackup, started, waves: [] })
}

/** The site itself came back from Atlassian's backup, under its own name and with other ids. */
async function takeOver(to: ConnectedSite, siteBackup: SiteBackup): Promise<void> {
  if (siteBackup === 'none') {
    throw new TidemarkError('RECOVER_SAME_NAME', `A new and empty site is not "${to.name}": two sites are never mixed in one history.`, {
      cure: 'Give it a name of its own: tidemark init --site <name> --url <url>. Then: tidemark recover --to <name>',
    })
  }
  const planned = await planRebind(to).catch((error: unknown) => {
    if (error instanceof TidemarkError && error.code === 'REBIND_SAME_SITE') return undefined
    throw error
  })
  if (planned === undefined) return
  const [open] = planned.findings
  if (open !== undefined) {
    throw new TidemarkError(open.code, open.message, {
      cure: `Look at it and answer there: tidemark rebind ${to.name}. When that is written, and before anything else: tidemark recover again.`,
    })
  }
  await rebind(to, planned)
}

/** The last snapshot, unless what the site in the old one's place lacks may be gone from it already: then a person says which. */
async function lastOfOwn(site: SiteDeps): Promise<CommitId> {
  const last = await lastSnapshot(site)
  const bound = (await lastRebind(site))?.record
  if (bound?.snapshot == null || bound.snapshot === last) return last
  throw new TidemarkError(
    'USAGE_WHICH_SNAPSHOT',
    `"${site.name}" was bound to the site in its place on ${bound.started.slice(0, 10)} and backed up since: its last snapshot may lack what that site lacks.`,
    {
      cure: `Say which is brought back: --commit ${bound.snapshot.slice(0, 12)} is the last of the former site; --commit HEAD is the last of this one.`,
    },
  )
}

/** Writes the request of one product. The destination is backed up as it is first, so that what others change from now on stays. */
async function asked(to: ConnectedSite, from: SiteDeps, { from: source }: Recovery, product: string): Promise<Wave> {
  const own = to.name === from.name
  const { site } = await stored(to, await to.repository.head(branchOf(to.name)))
  if (own || site === undefined) await backup(to)
  if (own && (await lastSnapshot(to)) === source.commit) return { product }
  const { request } = await askRestore(to, own ? to : from, source.commit, { select: [`${product}/**`], delete: [] })
  return { product, request: request.id }
}

async function reportOf({ repository, trusted }: SiteDeps, wave: Wave, objects: number): Promise<WaveReport> {
  if (wave.request === undefined) return { ...wave, objects, state: 'done' }
  const request = await lastInPlaceOf(repository, wave.request, trusted)
  const life = await lifeOf(repository, request, trusted)
  const { result } = life
  return { ...wave, request, objects, state: stateOf(life), ...(result === undefined ? {} : { result }) }
}

function stateOf(life: Life): WaveState {
  const { plan, result } = life
  if (plan === undefined) return 'plan'
  if (isOpen(life)) return 'resume'
  if (result?.plan === plan.digest) {
    if (result.failed + result.skipped > 0) return 'plan again'
    return result.manual.every(({ done }) => done) ? 'done' : 'by hand'
  }
  if (plan.findings.some(({ level }) => level === 'error')) return 'plan again'
  return plan.steps.length === 0 ? 'done' : 'apply'
}

function objectsOf(snapshot: Snapshot, product: string): number {
  return [...snapshot.keys()].filter((address) => address.startsWith(`${product}/`)).length
}

/** What the snapshot needs and its destination has not. */
async function lackingOf({ connected, catalogue }: ConnectedSite, snapshot: Snapshot): Promise<Recovering['lacking']> {
  const needed = needsOf(snapshot, catalogue)
  const lacking: (Lack & Pick<Needed, 'by'>)[] = []
  for (const { product, site } of connected) {
    const own = needed.filter(({ by }) => by.some((address) => address.startsWith(`${product.name}/`)))
    const by = new Map(own.map((one) => [one.need, one.by]))
    const lacks =
      (await product.lacks?.(
        site,
        own.map(({ need }) => need),
      )) ?? []
    lacking.push(...lacks.map((lack) => ({ ...lack, by: by.get(lack.need) ?? [] })))
  }
  return lacking
}

async function requireAccess({ connected }: ConnectedSite): Promise<void> {
  for (const { product, site } of connected) {
    const [first] = await product.authorise(site)
    if (first !== undefined) throw new TidemarkError(first.code, first.message, first.cure === undefined ? {} : { cure: first.cure })
  }
}
