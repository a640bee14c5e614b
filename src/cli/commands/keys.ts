import type { Command } from 'commander'
import { openSite } from '../../wiring/open.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addKeys(program: Command): void {
  const keys = program.command('keys').summary('the keys of a site').description('The keys of a site.')
  withSiteOptions(keys.command('show'))
    .summary("print the site's age identities, for plain sops")
    .description(
      "Prints the site's own age identities to stdout, so that plain sops can open its files:\n" +
        '  export SOPS_AGE_KEY_CMD="tidemark keys show acme"\n' +
        'Whoever sees them can read every document of the site.',
    )
    .argument('[site]', 'the site; needed only where tidemark.yaml names several')
    .exitOverride()
    .action(async (name: string | undefined, options: SiteOptions, command: Command) => {
      const output = outputOf(options)
      const place = placeOf(command.parent ?? command, options)
      // sops asks us for keys by this variable: asking it in turn would never end.
      const { SOPS_AGE_KEY_CMD: _ourselves, ...environment } = place.environment
      await using opened = await openSite({ ...place, environment }, name ?? options.site)
      output.text(opened.identities().join('\n'))
      output.result('keys', { site: opened.deps.name, identities: opened.identities() })
    })
}
