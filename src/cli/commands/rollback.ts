import type { Command } from 'commander'
import { askRollback } from '../../flows/ask.ts'
import { openSiteOf } from '../../wiring/requests.ts'
import { needs, withoutPull, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, siteOfRequest, withSiteOptions } from '../place.ts'
import { tellRequest } from '../proposed.ts'

interface Options extends SiteOptions {
  readonly id?: string
}

export function addRollback(program: Command): void {
  const command = withSiteOptions(program.command('rollback'), siteOfRequest)
    .summary('ask for an apply to be taken back')
    .description(
      'Writes a request to take back what applying another request did; what others changed since stays. Nothing is done to the site: see ' +
        '`tidemark plan <id>`, then `tidemark apply <id>`.',
    )
    .argument('<request>', 'the id of the request that was applied')
    .option('--id <name>', 'name of the new request')
    .action(async (applied: string, options: Options, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSiteOf(placeOf(own, options), applied, options.site, 'requests')
      const { request, branch } = await askRollback(opened.deps, applied, options.id === undefined ? {} : { id: options.id })
      const proposed = await tellRequest(output, opened, { request, branch })
      output.result('rollback', { site: opened.deps.name, id: request.id, branch, request, ...proposed })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, needs.signingKey, needs.forge],
    examples: ['tidemark rollback 2026-11-01-restore-acme'],
    exits: withoutPull,
  })
}
