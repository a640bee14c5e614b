import type { Command } from 'commander'
import { askRestore } from '../../flows/ask.ts'
import { checkRequest } from '../../flows/check-request.ts'
import { findRequest } from '../../flows/request-branch.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { openSiteOf, sourcesOf } from '../../wiring/requests.ts'
import { snapshotIn, snapshotOf } from '../../wiring/sides.ts'
import { needs, withoutPull, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, siteOfRequest, withSiteOptions } from '../place.ts'
import { tellRequest } from '../proposed.ts'

interface Options extends SiteOptions {
  readonly to?: string
  readonly from: string
  readonly select: readonly string[]
  readonly deleteExtra: readonly string[]
  readonly id?: string
}

export function addRestore(program: Command): void {
  const command = withSiteOptions(program.command('restore'))
    .summary('ask for a snapshot, or a part of it, to be brought back')
    .description(
      'Writes a request to bring back what a snapshot holds. It stands on a branch of its own, requests/<id>, for people to read and edit; nothing is ' +
        'done to the site. See what it would do with `tidemark plan <id>`, then do it with `tidemark apply <id>`. What others change from now on ' +
        'stays; what the snapshot lacks stays too, unless --delete-extra names it.',
    )
    .option('--to <site>', 'the destination; needed only where tidemark.yaml names several sites')
    .option('--from <snapshot>', 'a commit, a day (2026-11-01), HEAD~2, another site, or <site>@<snapshot>', 'HEAD')
    .option('--select <patterns...>', 'what to bring back: jira/workflow, jira/field/customer-*', ['**'])
    .option('--delete-extra <patterns...>', 'what goes although the snapshot lacks it', [])
    .option('--id <name>', 'name of the request (otherwise of the day and the site)')
    .action(async (options: Options, own: Command) => {
      const output = outputOf(options)
      const place = placeOf(own, options)
      await using to = await openSite(place, options.to ?? options.site, { signs: 'requests' })
      const { site = to.deps.name, at } = snapshotOf(options.from, to.settings)
      const from = site === to.deps.name ? to.deps : (await openSite(place, site)).deps
      const commit = await snapshotIn(from, to.settings, at)
      const { request, branch, states } = await askRestore(to.deps, from, commit, {
        select: options.select,
        delete: options.deleteExtra,
        ...(options.id === undefined ? {} : { id: options.id }),
      })
      const differing = [...states].filter(([, state]) => state !== 'no change')
      for (const [address, state] of differing.slice(0, shown)) output.text(`  ${state.padEnd(28)}${address}`)
      if (differing.length > shown) output.text(`  … and ${differing.length - shown} more (tidemark plan ${request.id} tells all)`)
      const counts = [...Map.groupBy(states.values(), (state) => state)].map(([state, all]) => `${all.length} ${state}`)
      output.text(`${counts.join(', ')}, as of the last backup.`)
      const proposed = await tellRequest(output, to, { request, branch })
      output.result('restore', { site: to.deps.name, id: request.id, branch, request, states: Object.fromEntries(states), ...proposed })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, needs.signingKey, needs.forge],
    examples: [
      'tidemark restore --from 2026-11-01 --select jira/workflow',
      'tidemark restore --from HEAD~3 --select jira/field/customer-tier jira/screen',
      'tidemark restore --to acme-sandbox --from acme',
    ],
    exits: withoutPull,
  })
  addCheck(command)
}

/** `restore check`: what was left to people, looked at again. */
function addCheck(restore: Command): void {
  const command = withSiteOptions(restore.command('check'), siteOfRequest)
    .summary('look again at what was left to you')
    .description(
      'Reads the site again and ticks the manual steps of an apply that are done. Until all are, the restore is a partial success.',
    )
    .argument('<request>', 'the id of a request that was applied')
    .action(async (id: string, _: SiteOptions, own: Command) => {
      const options = own.optsWithGlobals<SiteOptions>()
      const output = outputOf(options)
      await using opened = await openSiteOf(placeOf(own, options), id, options.site)
      const site = connectSite(opened)
      const asked = await findRequest(site.repository, id)
      const result = await checkRequest(site, asked, await sourcesOf(opened, asked))
      for (const { address, done } of result.manual) output.text(`  [${done ? 'x' : ' '}] ${address}`)
      const open = result.manual.filter(({ done }) => !done).length
      output.text(
        open === 0
          ? `Nothing is left to you: ${result.state.replaceAll('_', ' ')}.`
          : `${open} of ${result.manual.length} are left to you.`,
      )
      output.result('restore check', { site: site.name, id, result })
      process.exitCode = result.state === 'success' ? exit.done : exit.partial
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key, needs.signingKey],
    examples: ['tidemark restore check 2026-11-01-restore-acme'],
    exits: { 5: 'something is left to you, or was not done' },
  })
}

const shown = 50
