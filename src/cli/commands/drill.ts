import type { Command } from 'commander'
import { drill } from '../../flows/drill.ts'
import { snapshotNamed } from '../../flows/history.ts'
import { drillSites } from '../../wiring/drill.ts'
import { openSite } from '../../wiring/open.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly commit: string
}

export function addDrill(program: Command): void {
  const command = withSiteOptions(program.command('drill'))
    .summary('prove that a snapshot can be restored')
    .description(
      'Restores a snapshot into an empty simulated site, reads that back and compares, object by object. The record is signed and stands in the line of\n' +
        'runs, for auditors. A simulated site proves that nothing is missing, not that Jira would take everything; the record says so.',
    )
    .option('--commit <snapshot>', 'a commit, a day (2026-11-01) or HEAD~2', 'HEAD')
    .action(async (options: Options, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site, { signs: true })
      const commit = await snapshotNamed(opened.deps, options.commit)
      await using destinations = drillSites(opened.deps)
      const { record, drill: result, run } = await drill(opened.deps, commit, destinations.siteFor, { simulated: true })
      output.findings(record.findings)
      const { objects, restored, left, missing, different, seconds } = result
      output.text(
        `${opened.deps.name}: ${restored} of ${objects} objects of ${commit.slice(0, 12)} came back the same on an empty simulated site, in ${seconds} s; ` +
          `${left.length} are not ours to restore or cannot be, ${missing.length} missing, ${different.length} different. Record ${run.slice(0, 12)}.`,
      )
      for (const { address, paths } of different.slice(0, shown)) output.text(`  ${address}  ${paths.join(', ')}`)
      output.result('drill', { site: opened.deps.name, ...result, state: record.state, run, findings: record.findings })
      process.exitCode = record.state === 'success' ? exit.done : exit.partial
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, needs.signingKey],
    examples: ['tidemark drill', 'tidemark drill --commit 2026-11-01 --site acme'],
    exits: { 5: 'not everything came back; what did not is named' },
  })
}

const shown = 20
