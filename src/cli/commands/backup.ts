import type { Command } from 'commander'
import { backup } from '../../flows/backup.ts'
import type { TypeName } from '../../model/address.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'
import { progressOf } from '../progress.ts'

interface Options extends SiteOptions {
  readonly acceptRemovals?: readonly TypeName[]
}

export function addBackup(program: Command): void {
  withSiteOptions(program.command('backup'))
    .summary('read a site and commit what changed')
    .description(
      'Reads the whole configuration of a site and commits what changed since the last backup, encrypted and signed, to the branch sites/<site>.\n' +
        'An unchanged site makes no commit. What could not be read keeps its last good files and makes the run a partial success (exit code 5).',
    )
    .option('--accept-removals <types...>', 'believe that the objects of these types were deleted, however many (jira/screen …)')
    .addHelpText('after', '\nExample:\n  TIDEMARK_ACME_EMAIL=ann@acme.example TIDEMARK_ACME_TOKEN=… tidemark backup --site acme')
    .action(async (options: Options, command: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(command, options), options.site, { signs: true })
      const site = connectSite(opened)
      const progress = progressOf(site.catalogue.types, output)
      const result = await backup(site, {
        ...(options.acceptRemovals === undefined ? {} : { acceptRemovals: options.acceptRemovals }),
        tell: progress.tell,
      }).finally(() => progress.end(false))
      output.findings(result.findings)
      const objects = Object.values(result.counts).reduce((sum, { objects: count }) => sum + count, 0)
      const outcome =
        result.commit === undefined ? 'nothing changed' : `${result.changes.length} changed, commit ${result.commit.slice(0, 12)}`
      output.text(`${result.state}: ${objects} objects, ${outcome}`)
      output.result('backup', { site: site.name, ...result, changed: result.commit !== undefined, commit: result.commit ?? null })
      process.exitCode = result.state === 'partial_success' ? exit.partial : exit.done
    })
}
