import type { Command } from 'commander'
import { changesAsText } from '../../engine/render.ts'
import { diff } from '../../flows/diff.ts'
import { snapshotNamed } from '../../flows/history.ts'
import { openSite } from '../../wiring/open.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addDiff(program: Command): void {
  const command = withSiteOptions(program.command('diff'))
    .summary('what differs between two snapshots, decrypted')
    .description(
      'What differs between two snapshots of a site, by object and property, in plain text on your terminal only. Without arguments:\n' +
        'the last change. Snapshots are named by commit, by day (2026-11-01: the last one of that day or before) or counted back (HEAD~2).',
    )
    .argument('[from]', 'the older snapshot', 'HEAD~1')
    .argument('[to]', 'the newer snapshot', 'HEAD')
    .action(async (from: string, to: string, options: SiteOptions, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site)
      const [older, newer] = [await snapshotNamed(opened.deps, from), await snapshotNamed(opened.deps, to)]
      const { changes, unknown } = await diff(opened.deps, older, newer)
      output.text(changesAsText(changes))
      if (unknown.length > 0) output.note(`${unknown.length} changed objects are of types that this version does not know.`)
      output.result('diff', { site: opened.deps.name, from: older, to: newer, changes, unknown })
      process.exitCode = changes.length + unknown.length === 0 ? exit.done : exit.awaits
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key],
    examples: ['tidemark diff', 'tidemark diff 2026-11-01', 'tidemark diff HEAD~7 HEAD --site acme'],
    exits: { 2: 'there are differences' },
  })
}
