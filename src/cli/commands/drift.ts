import type { Command } from 'commander'
import { drift } from '../../flows/drift.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { type ChangeOptions, exitOf, tellChanges, withChangeOptions } from '../changes.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { byAsText } from '../people.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addDrift(program: Command): void {
  const command = withChangeOptions(withSiteOptions(program.command('drift')))
    .summary('what changed on a site since its last snapshot')
    .description(
      'Reads a site and tells what the next backup would commit: by object and property, in plain text on your terminal only, and who did it as\n' +
        'far as the audit log of Jira tells. Nothing is written, neither there nor here.',
    )
    .action(async (options: SiteOptions & ChangeOptions, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site)
      const { snapshot, changes, findings, complete } = await drift(connectSite(opened), options.select)
      const told = tellChanges(output, changes, options, { aside: ({ by }) => `by ${byAsText(by)}` })
      output.findings(findings)
      if (!complete) output.text('Not everything could be read: see above.')
      output.result('drift', { site: opened.deps.name, snapshot, complete, ...told, findings })
      process.exitCode = exitOf(changes.length > 0, complete)
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key],
    examples: ['tidemark drift', 'tidemark drift --stat --select jira/workflow jira/screen', 'tidemark drift --json'],
    exits: { 2: 'the site is not as it was backed up', 5: 'something could not be read: there may be more' },
  })
}
