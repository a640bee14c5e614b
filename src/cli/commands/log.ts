import type { Command } from 'commander'
import { history } from '../../flows/history.ts'
import { printable } from '../../model/printable.ts'
import { openSite } from '../../wiring/open.ts'
import { addressGiven, wholeNumber } from '../arguments.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly limit: string
}

export function addLog(program: Command): void {
  const command = withSiteOptions(program.command('log'))
    .summary('what changed, when, and by whom')
    .description(
      'The snapshots of a site, newest first; with an address, those that changed that object. Who changed it is told as Atlassian account\n' +
        'ids from the audit log of Jira, `unknown` where it has gaps.',
    )
    .argument('[address]', 'only snapshots that changed this object: jira/workflow/software-development')
    .option('-n, --limit <number>', 'at most so many snapshots', '20')
    .action(async (text: string | undefined, options: Options, own: Command) => {
      const output = outputOf(options)
      const limit = wholeNumber('limit', options.limit, { least: 1, most: 1_000_000 })
      const address = text === undefined ? {} : { address: addressGiven(text) }
      await using opened = await openSite(placeOf(own, options), options.site)
      const entries = await history(opened.deps, { limit, ...address })
      for (const { commit, at, subject, changedBy } of entries) {
        const by = changedBy.length === 0 ? '' : `  by ${changedBy.map((name) => printable(name)).join(', ')}`
        output.text(`${commit.slice(0, 12)}  ${at.slice(0, 16).replace('T', ' ')}Z  ${printable(subject)}${by}`)
      }
      if (entries.length === 0) output.note('No snapshots: run `tidemark backup`, or check the address.')
      output.result('log', { site: opened.deps.name, entries })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key],
    examples: ['tidemark log', 'tidemark log jira/workflow/software-development --limit 5'],
  })
}
