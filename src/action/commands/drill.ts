import { code, findingAsLine } from '../../engine/markdown.ts'
import { drill } from '../../flows/drill.ts'
import { snapshotNamed } from '../../flows/history.ts'
import { drillSites } from '../../wiring/drill.ts'
import { openSite } from '../../wiring/open.ts'
import { type Door, each, sitesOf } from '../door.ts'

/** Restores the last snapshot of each site into an empty simulated one, and compares. What did not come back fails the job. */
export async function drillCommand(door: Door): Promise<void> {
  const { runner, place, inputs } = door
  const found: object[] = []
  const names = await sitesOf(door)
  let broken = false
  await each(door, names, async (site) => {
    await using opened = await openSite(place, site, { signs: true })
    const commit = await snapshotNamed(opened.deps, inputs.from ?? 'HEAD')
    await using destinations = drillSites(opened.deps)
    const { record, drill: result, run } = await drill(opened.deps, commit, destinations.siteFor, { simulated: true })
    const { objects, restored, left, missing, different, seconds } = result
    const counts = `${restored} of ${objects} objects came back the same, ${left.length} are not ours to restore or cannot be, ${missing.length} missing, ${different.length} different`
    runner.summary(
      [
        `### Drill of ${code(site)}`,
        '',
        `${counts}; snapshot ${code(commit.slice(0, 12))}, in ${seconds} s, on an empty simulated site: it proves that nothing is missing, not that Jira would take everything.`,
        '',
        ...missing.slice(0, 100).map((address) => `- missing ${code(address)}`),
        ...different.slice(0, 100).map(({ address }) => `- different ${code(address)}`),
        ...record.findings.slice(0, 100).map(findingAsLine),
        '',
      ].join('\n'),
    )
    runner.say(`${site}: ${counts}.`)
    found.push({ site, run, snapshot: commit, objects, restored, left: left.length, missing: missing.length, different: different.length })
    if (missing.length + different.length === 0) return
    broken = true
    const cure = 'Look at the record of the drill: tidemark drill tells the addresses and places. Report it, with them.'
    runner.remark('error', { code: 'DRILL_DIFFERS', message: `${site}: ${counts}.`, cure })
    runner.failed()
  })
  runner.output('state', broken || found.length < names.length ? 'failed' : 'success')
  runner.output('summary-json', { format: 1, command: 'drill', sites: found })
}
