import { driftAsMarkdown, inSummary } from '../../engine/run-markdown.ts'
import { drift } from '../../flows/drift.ts'
import { changesTold, tellDrift } from '../../flows/pull/site-issue.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { type Door, each, needed, sitesOf } from '../door.ts'
import { runUrl } from '../environment.ts'

/** Looks for what was changed outside of requests, and keeps one issue a site about it. */
export async function driftCommand(door: Door): Promise<void> {
  const { runner, place, inputs, environment } = door
  const where = runUrl(environment)
  const found: { readonly site: string; readonly changes: number; readonly complete: boolean; readonly issue: string | null }[] = []
  const names = await sitesOf(door)
  await each(door, names, async (site) => {
    await using opened = await openSite(place, site)
    const values = opened.site.reports === 'values' && (await isPrivate(door))
    const result = await drift(connectSite(opened), inputs.select, { values })
    runner.summary(driftAsMarkdown({ site, ...result, changes: changesTold(result) }, undefined, inSummary))
    if (!result.complete) {
      runner.remark('warning', { code: 'DIFF_NOT_READ', message: `${site}: not everything could be read, so there may be more.` })
    }
    const told = { site, ...result, ...(where === undefined ? {} : { where }) }
    // What was asked for in part says nothing of the whole, which the issue is about.
    const issue = inputs.select.length > 0 ? undefined : await tellDrift(needed(await door.forge()), told)
    found.push({ site, changes: result.changes.length, complete: result.complete, issue: issue?.url ?? null })
    runner.say(`${site}: ${result.changes.length} objects differ from the last snapshot.`)
  })
  runner.output('changed', String(found.some(({ changes }) => changes > 0)))
  runner.output('state', found.length < names.length ? 'failed' : found.some(({ changes }) => changes > 0) ? 'action_required' : 'success')
  runner.output('summary-json', { format: 1, command: 'drift', sites: found })
}

/** Whether those who read issues and summaries are those who may read the repository. */
async function isPrivate({ forge }: Door): Promise<boolean> {
  const access = await forge()
  return access !== undefined && (await access.repository()).visibility === 'private'
}
