import type { Command } from 'commander'
import { snapshotNamed } from '../../flows/history.ts'
import { addressesOf, show } from '../../flows/show.ts'
import type { Address } from '../../model/address.ts'
import { openSite } from '../../wiring/open.ts'
import { asYaml, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly at: string
}

export function addShow(program: Command): void {
  withSiteOptions(program.command('show'))
    .summary('one object as it was, decrypted')
    .description(
      'Prints one object of a snapshot as plain YAML, its MAC and signature checked. Without an address: lists the addresses of the snapshot.',
    )
    .argument('[address]', 'jira/workflow/software-development')
    .option('--at <snapshot>', 'commit, date or HEAD~2', 'HEAD')
    .action(async (address: Address | undefined, options: Options, command: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(command, options), options.site)
      const commit = await snapshotNamed(opened.deps, options.at)
      if (address === undefined) {
        const addresses = await addressesOf(opened.deps, commit)
        output.text(addresses.join('\n'))
        output.result('show', { site: opened.deps.name, commit, addresses })
        return
      }
      const resource = await show(opened.deps, commit, address)
      output.text(asYaml(resource))
      output.result('show', { site: opened.deps.name, commit, ...resource })
    })
}
