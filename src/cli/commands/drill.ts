import type { Command } from 'commander'
import { eventAsText } from '../../engine/render.ts'
import { type Drilled, drill } from '../../flows/drill.ts'
import { cleanDrill } from '../../flows/drill-clean.ts'
import { snapshotNamed } from '../../flows/history.ts'
import { holding, letWrite } from '../../flows/holding.ts'
import type { Finding } from '../../model/finding.ts'
import { destinationOf, drillSites, newTag } from '../../wiring/drill.ts'
import { drillLog, leftLogs } from '../../wiring/drill-log.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { needs, withPage } from '../help.ts'
import { exit, type Output, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly commit: string
  readonly to?: string
  readonly onSource?: boolean
  readonly clean?: boolean
}

export function addDrill(program: Command): void {
  const command = withSiteOptions(program.command('drill'))
    .summary('prove that a snapshot can be restored')
    .description(
      'Restores a snapshot into an empty simulated site, reads that back and compares, object by object. The record is signed and stands in the line of ' +
        'runs, for auditors. A simulated site proves that nothing is missing, not that Jira would take everything; the record says so. ' +
        'With --to it does the same on a site in use, a sandbox: every object gets a name that begins with tidemark-drill-<id> and a marker, nothing that is ' +
        'there is touched, and what was made is removed at the end. What cannot stand on a site twice is left out and named.',
    )
    .option('--commit <snapshot>', 'a commit, a day (2026-11-01) or HEAD~2', 'HEAD')
    .option('--to <site>', 'a site of tidemark.yaml to drill on: a sandbox')
    .option('--on-source', 'with --to: drill on the very site that was backed up')
    .option('--clean', 'with --to: only remove what drills that were cut off have left there')
    .action((options: Options, own: Command) => (options.clean === true ? clean(options, own) : run(options, own)))
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, needs.signingKey, `with --to: ${needs.credentials}`],
    examples: [
      'tidemark drill',
      'tidemark drill --commit 2026-11-01 --site acme',
      'tidemark drill --site acme --to sandbox',
      'tidemark drill --to sandbox --clean',
    ],
    exits: { 5: 'not everything came back, or could be removed; what did not is named' },
  })
}

async function run(options: Options, own: Command): Promise<void> {
  const output = outputOf(options)
  const place = placeOf(own, options)
  await using opened = await openSite(place, options.site, { signs: true })
  const commit = await snapshotNamed(opened.deps, options.commit)
  if (options.to === undefined) {
    await using destinations = drillSites(opened.deps)
    tell(output, await drill(opened.deps, commit, destinations.siteFor, { simulated: true }))
    return
  }
  await using other = await openSite(place, options.to, { signs: true })
  const { to, cleaner } = await destinationOf(other, opened.site.name, options.onSource === true)
  const log = drillLog(opened.deps.repository.gitDir, newTag())
  output.note(`Everything is made under names that begin with ${log.tag}. If this is cut off: tidemark drill --to ${to.name} --clean`)
  const drilled = await drill(opened.deps, commit, async () => to, {
    simulated: false,
    beside: { tag: log.tag, log, cleaner },
    tell: (event) => {
      if (event.what !== 'started') output.note(eventAsText(event), { what: event.what, step: event.step.id })
    },
  })
  if (drilled.drill.on?.leftovers === 0) await log.remove()
  tell(output, drilled)
}

async function clean(options: Options, own: Command): Promise<void> {
  const output = outputOf(options)
  await using opened = await openSite(placeOf(own, options), options.to ?? options.site, { signs: true })
  const site = connectSite(opened)
  const findings: Finding[] = []
  let removed = 0
  const logs = await leftLogs(opened.deps.repository.gitDir, site.name)
  await holding([site], 'drill clean', async (lease) => {
    letWrite([site], lease)
    for (const log of logs) {
      await lease.keep()
      const cleaned = await cleanDrill(site, log)
      removed += cleaned.removed
      findings.push(...cleaned.findings)
      if (cleaned.findings.length === 0) await log.remove()
    }
  })
  output.findings(findings)
  output.text(`${site.name}: ${removed} objects of earlier drills removed, ${findings.length} left.`)
  output.result('drill clean', { site: site.name, removed, findings })
  process.exitCode = findings.length === 0 ? exit.done : exit.partial
}

function tell(output: Output, { record, drill: result, run: id }: Drilled): void {
  output.findings(record.findings)
  const { objects, restored, left, missing, different, seconds, snapshot, on } = result
  const where = on === undefined ? 'an empty simulated site' : `${on.site}, under other names`
  output.text(
    `${record.site}: ${restored} of ${objects} objects of ${snapshot.slice(0, 12)} came back the same on ${where}, in ${seconds} s; ` +
      `${left.length} are not ours to restore or cannot be, ${missing.length} missing, ${different.length} different. Record ${id.slice(0, 12)}.`,
  )
  for (const { address, paths } of different.slice(0, shown)) output.text(`  ${address}  ${paths.join(', ')}`)
  if (on !== undefined) output.text(`${on.removed} objects were removed from ${on.site} again, ${on.leftovers} are left there.`)
  output.result('drill', { site: record.site, ...result, state: record.state, run: id, findings: record.findings })
  process.exitCode = record.state === 'success' ? exit.done : exit.partial
}

const shown = 20
