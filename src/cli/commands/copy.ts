import type { Command } from 'commander'
import { askCopy } from '../../flows/ask.ts'
import { openSite } from '../../wiring/open.ts'
import { needs, withoutPull, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { type OutputFlags, placeOf, withOutputOptions } from '../place.ts'
import { tellRequest } from '../proposed.ts'

interface Options extends OutputFlags {
  readonly from: string
  readonly to: string
  readonly config?: string
  readonly id?: string
}

export function addCopy(program: Command): void {
  const command = withOutputOptions(program.command('copy'))
    .summary('ask for objects of one site to be promoted to another')
    .description(
      'Writes a request to bring objects, and what they need, from the last snapshot of one site to another. The destination keeps what is its own: ' +
        'URLs, owners, leads. What it changed since the last promotion stays; true collisions are asked. Which object is which is told by names and ' +
        'by matches/<from>--<to>.yaml (tidemark match). Nothing is done to the sites: see `tidemark plan <id>`, then `tidemark apply <id>`.',
    )
    .argument('<patterns...>', 'what to promote: jira/workflow/software-development, jira/field/customer-*')
    .requiredOption('--from <site>', 'where it comes from')
    .requiredOption('--to <site>', 'where it goes')
    .option('-c, --config <file>', 'settings file (otherwise the nearest tidemark.yaml, upward)')
    .option('--id <name>', 'name of the request (otherwise of the day and the site)')
    .action(async (patterns: readonly string[], options: Options, own: Command) => {
      const output = outputOf(options)
      const place = placeOf(own, options)
      await using to = await openSite(place, options.to, { signs: 'requests' })
      await using from = await openSite(place, options.from)
      const { request, branch, base } = await askCopy(to.deps, from.deps, {
        select: patterns,
        ...(options.id === undefined ? {} : { id: options.id }),
      })
      if (base === undefined)
        output.note(`Nothing is on record as promoted from ${options.from} before: what differs will be asked, object by object.`)
      const proposed = await tellRequest(output, to, { request, branch })
      output.result('copy', { site: to.deps.name, from: from.deps.name, id: request.id, branch, request, ...proposed })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, needs.signingKey, needs.forge],
    examples: ['tidemark copy jira/workflow/software-development --from acme-sandbox --to acme'],
    exits: withoutPull,
  })
}
