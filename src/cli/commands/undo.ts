import type { Command } from 'commander'
import { askUndo } from '../../flows/ask.ts'
import { snapshotNamed } from '../../flows/history.ts'
import { openSite } from '../../wiring/open.ts'
import { needs, withoutPull, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'
import { tellRequest } from '../proposed.ts'

interface Options extends SiteOptions {
  readonly by?: string
  readonly select: readonly string[]
  readonly id?: string
}

export function addUndo(program: Command): void {
  const command = withSiteOptions(program.command('undo'))
    .summary('ask for changes to be taken back')
    .description(
      'Writes a request to take back what a snapshot, or several (a..b: those after a, up to b), changed. What others changed since stays; where ' +
        'the same property was changed again, the plan asks. With --by, only what one account changed, as far as the audit log of Jira tells. ' +
        'Nothing is done to the site: see `tidemark plan <id>`, then `tidemark apply <id>`.',
    )
    .argument('<snapshots>', 'a commit, a day, HEAD~1, or a range a..b')
    .option('--by <accountId>', 'only changes of this Atlassian account')
    .option('--select <patterns...>', 'only these objects: jira/workflow, jira/field/customer-*', [])
    .option('--id <name>', 'name of the request (otherwise of the day and the site)')
    .action(async (text: string, options: Options, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site, { signs: 'requests' })
      const [first = '', last] = text.split('..', 2)
      const to = await snapshotNamed(opened.deps, last ?? first)
      const from = last === undefined ? undefined : await snapshotNamed(opened.deps, first)
      const { request, branch, changes, unknown } = await askUndo(opened.deps, {
        ...(from === undefined ? {} : { from }),
        to,
        select: options.select,
        ...(options.by === undefined ? {} : { by: options.by }),
        ...(options.id === undefined ? {} : { id: options.id }),
      })
      if (unknown > 0) output.note(`${unknown} changes were left out: nobody is on record for them.`)
      output.text(`${changes} ${changes === 1 ? 'change' : 'changes'} to take back.`)
      const proposed = await tellRequest(output, opened, { request, branch })
      output.result('undo', { site: opened.deps.name, id: request.id, branch, request, changes, unknown, ...proposed })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, needs.signingKey, needs.forge],
    examples: [
      'tidemark undo HEAD',
      'tidemark undo 2026-11-01..HEAD --by 5b10ac8d82e05b22cc7d4ef5',
      'tidemark undo HEAD --select jira/workflow',
    ],
    exits: withoutPull,
  })
}
