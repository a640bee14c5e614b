import type { Command } from 'commander'
import { openSite } from '../../wiring/open.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addKeys(program: Command): void {
  const keys = program.command('keys').summary('the keys of a site').description('The keys of a site.')
  const command = withSiteOptions(keys.command('show'))
    .summary("print the site's own age keys, for plain sops")
    .description(
      "Prints the site's own private age keys, oldest first, so that plain sops can open its files. Whoever sees them can read every " +
        'document of the site: let sops ask for them, and keep them out of files and logs.',
    )
    .argument('[site]', 'the site; needed only where tidemark.yaml names several')
    .action(async (name: string | undefined, options: SiteOptions, own: Command) => {
      const output = outputOf(options)
      const place = placeOf(own, options)
      // sops asks us for keys by this variable: asking it in turn would never end.
      const { SOPS_AGE_KEY_CMD: _ourselves, ...environment } = place.environment
      await using opened = await openSite({ ...place, environment }, name ?? options.site)
      output.text(opened.identities().join('\n'))
      output.result('keys', { site: opened.deps.name, identities: opened.identities() })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key],
    examples: [
      'export SOPS_AGE_KEY_CMD="tidemark keys show acme"',
      'git show sites/acme:jira/status/to-do.yaml | sops decrypt --input-type yaml --output-type yaml /dev/stdin',
    ],
  })
}
