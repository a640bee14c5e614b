import { driftAsMarkdown, inSummary } from '../../engine/run-markdown.ts'
import { drift } from '../../flows/drift.ts'
import { changesTold, hasDrifted, tellDrift } from '../../flows/pull/site-issue.ts'
import { dayIn } from '../../lib/duration.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { type Door, each, needed, sitesOf } from '../door.ts'
import { runUrl } from '../environment.ts'

/** Looks for what was changed outside of requests, and keeps one issue a site about it. */
export async function driftCommand(door: Door): Promise<void> {
  const { runner, place, inputs, environment } = door
  const where = runUrl(environment)
  const since = dayIn(inputs.since, 'The input since', place.context.clock.now())
  const found: {
    readonly site: string
    readonly changes: number
    readonly saved: number
    readonly complete: boolean
    readonly issue: string | null
  }[] = []
  const names = await sitesOf(door)
  let drifted = false
  await each(door, names, async (site) => {
    await using opened = await openSite(place, site)
    const values = opened.site.reports === 'values' && (await isPrivate(door))
    const result = await drift(connectSite(opened), inputs.select, { values, since })
    runner.summary(driftAsMarkdown({ site, ...result, changes: changesTold(result) }, undefined, inSummary))
    if (!result.complete) {
      runner.remark('warning', { code: 'DIFF_NOT_READ', message: `${site}: not everything could be read, so there may be more.` })
    }
    const told = { site, ...result, ...(where === undefined ? {} : { where }) }
    // What was asked for in part says nothing of the whole, which the issue is about.
    const issue = inputs.select.length > 0 ? undefined : await tellDrift(needed(await door.forge()), told)
    const { changes, saved, complete } = result
    found.push({ site, changes: changes.length, saved: saved?.changes.length ?? 0, complete, issue: issue?.url ?? null })
    drifted ||= hasDrifted(result)
    runner.say(`${site}: ${changes.length} objects differ from the last snapshot.`)
    runner.say(
      `${site}: ${saved?.changes.length ?? 0} objects were changed outside of requests since ${since.toISOString().slice(0, 10)}, and are backed up.`,
    )
  })
  runner.output('changed', String(drifted))
  runner.output('state', found.length < names.length ? 'failed' : drifted ? 'action_required' : 'success')
  runner.output('summary-json', { format: 1, command: 'drift', since: since.toISOString(), sites: found })
}

/** Whether those who read issues and summaries are those who may read the repository. */
async function isPrivate({ forge }: Door): Promise<boolean> {
  const access = await forge()
  return access !== undefined && (await access.repository()).visibility === 'private'
}
