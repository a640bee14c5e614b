import { code } from '../../engine/markdown.ts'
import { type ChangeTold, driftAsMarkdown, driftMarker, siteMarker, troubleAsMarkdown } from '../../engine/run-markdown.ts'
import type { Issue, Issues } from '../../forge/forge.ts'
import type { Finding } from '../../model/finding.ts'
import type { RunState } from '../../model/plan.ts'
import type { DriftResult } from '../drift.ts'
import { keepIssue } from './standing-issue.ts'

/** How the last backup of a site ended; `where` is the page of the run. */
export interface BackupTold {
  readonly site: string
  readonly state: RunState
  readonly findings: readonly Finding[]
  readonly where?: string
}

/** Keeps the issue about a site's backups: open while the last one failed or could not read everything. */
export function tellBackup(forge: Issues, { site, state, findings, where }: BackupTold): Promise<Issue | undefined> {
  const failed = state !== 'success' && state !== 'partial_success'
  return keepIssue(forge, {
    marker: siteMarker(site),
    title: failed ? `Backup of ${site} fails` : `Backup of ${site} is incomplete`,
    text: state === 'success' ? undefined : troubleAsMarkdown({ site, findings, failed }, where),
    over: `Backups of ${code(site)} are whole again.`,
  })
}

/**
 * Keeps the issue about what was changed on a site outside of requests: open while something differs from its last snapshot, or while backups took something
 * in within the time that was asked for. Where something could not be read, none is closed.
 */
export async function tellDrift(
  forge: Issues,
  { site, where, ...result }: DriftResult & { readonly site: string; readonly where?: string },
): Promise<Issue | undefined> {
  const isDrift = hasDrifted(result)
  if (!isDrift && !result.complete) return undefined
  const since = result.saved === undefined ? '' : `, and nothing was changed outside of requests since ${result.saved.since.slice(0, 10)}`
  return keepIssue(forge, {
    marker: driftMarker(site),
    title: `${site} was changed outside of requests`,
    text: isDrift ? driftAsMarkdown({ site, ...result, changes: changesTold(result) }, where) : undefined,
    over: `${code(site)} is as it was backed up${since}.`,
  })
}

/** Whether anything was changed outside of requests, be it backed up or not. */
export function hasDrifted({ changes, saved }: Pick<DriftResult, 'changes' | 'saved'>): boolean {
  return changes.length + (saved?.changes.length ?? 0) > 0
}

/** Differences without their values. */
export function changesTold({ changes }: Pick<DriftResult, 'changes'>): readonly ChangeTold[] {
  return changes.map(({ address, what, by, properties }) => ({ address, what, by, places: properties.map(({ at }) => at) }))
}
