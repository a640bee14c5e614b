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

/** Keeps the issue about what was changed on a site since its last snapshot: open while something differs. Where something could not be read, none is closed. */
export async function tellDrift(
  forge: Issues,
  { site, where, ...result }: DriftResult & { readonly site: string; readonly where?: string },
): Promise<Issue | undefined> {
  const changes = changesTold(result)
  if (changes.length === 0 && !result.complete) return undefined
  return keepIssue(forge, {
    marker: driftMarker(site),
    title: `${site} is not as it was backed up`,
    text: changes.length === 0 ? undefined : driftAsMarkdown({ site, ...result, changes }, where),
    over: `${code(site)} is as it was backed up.`,
  })
}

/** Differences without their values. */
export function changesTold({ changes }: Pick<DriftResult, 'changes'>): readonly ChangeTold[] {
  return changes.map(({ address, what, by, properties }) => ({ address, what, by, places: properties.map(({ at }) => at) }))
}
