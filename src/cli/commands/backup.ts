import type { Command } from 'commander'
import { type BackupResult, backup } from '../../flows/backup.ts'
import { typesNamed } from '../../flows/selection.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'
import { progressOf } from '../progress.ts'

interface Options extends SiteOptions {
  readonly acceptRemovals?: readonly string[]
}

export function addBackup(program: Command): void {
  const command = withSiteOptions(program.command('backup'))
    .summary('read a site and commit what changed')
    .description(
      'Reads the whole configuration of a site and commits what changed since the last backup, encrypted and signed, to the branch ' +
        'sites/<site>. An unchanged site makes no commit. What could not be read is named and keeps its last good files.',
    )
    .option('--accept-removals <types...>', 'believe that the objects of these types were deleted, however many (jira/screen …)')
    .action(async (options: Options, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site, { signs: true })
      const acceptRemovals = typesNamed(options.acceptRemovals ?? [], opened.deps.catalogue)
      const site = connectSite(opened)
      const progress = progressOf(site.catalogue.types, output)
      const result = await backup(site, { acceptRemovals, tell: progress.tell }).finally(progress.end)
      output.findings(result.findings)
      output.text(outcomeOf(site.name, result))
      output.result('backup', { site: site.name, ...result, changed: result.commit !== undefined, commit: result.commit ?? null })
      process.exitCode = result.state === 'partial_success' ? exit.partial : exit.done
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key, needs.signingKey],
    examples: ['tidemark backup', 'tidemark backup --site acme --json', 'tidemark backup --site acme --accept-removals jira/screen'],
    exits: { 5: 'partial success: something could not be read; everything else is saved' },
  })
}

function outcomeOf(site: string, { state, commit, changes, counts }: BackupResult): string {
  const objects = Object.values(counts).reduce((sum, { objects: count }) => sum + count, 0)
  const changed = (['added', 'changed', 'removed'] as const).flatMap((what) => {
    const count = changes.filter((change) => change.what === what).length
    return count === 0 ? [] : [`${count} ${what}`]
  })
  const saved =
    commit === undefined ? 'nothing changed, no commit' : `${changed.join(', ') || 'settings of the backup'}; commit ${commit.slice(0, 12)}`
  const partly = state === 'partial_success' ? ' Not everything could be read: see above.' : ''
  return `${site}: ${objects} objects read; ${saved}.${partly}`
}
