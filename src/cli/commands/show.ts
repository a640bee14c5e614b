import type { Command } from 'commander'
import { addressesOf, show } from '../../flows/show.ts'
import { openSite } from '../../wiring/open.ts'
import { snapshotIn } from '../../wiring/sides.ts'
import { addressGiven } from '../arguments.ts'
import { needs, withPage } from '../help.ts'
import { asYaml, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly at: string
}

export function addShow(program: Command): void {
  const command = withSiteOptions(program.command('show'))
    .summary('one object as it was, decrypted')
    .description(
      'Prints one object of a snapshot as plain YAML on your terminal, after its signature and its MAC were checked. Without an address: ' +
        'lists the addresses of the snapshot.',
    )
    .argument('[address]', 'jira/workflow/software-development')
    .option('--at <snapshot>', 'a commit, a day (2026-11-01) or HEAD~2', 'HEAD')
    .action(async (text: string | undefined, options: Options, own: Command) => {
      const output = outputOf(options)
      const address = text === undefined ? undefined : addressGiven(text)
      await using opened = await openSite(placeOf(own, options), options.site)
      const commit = await snapshotIn(opened.deps, opened.settings, options.at)
      if (address === undefined) {
        const addresses = await addressesOf(opened.deps, commit)
        if (addresses.length > 0) output.text(addresses.join('\n'))
        output.result('show', { site: opened.deps.name, commit, addresses })
        return
      }
      const resource = await show(opened.deps, commit, address)
      output.text(asYaml(resource))
      output.result('show', { site: opened.deps.name, commit, ...resource })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key],
    examples: ['tidemark show', 'tidemark show jira/status/to-do', 'tidemark show jira/status/to-do --at 2026-11-01'],
  })
}
