import type { Command } from 'commander'
import { history } from '../../flows/history.ts'
import type { Address } from '../../model/address.ts'
import { printable } from '../../model/printable.ts'
import { openSite } from '../../wiring/open.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly limit: string
}

export function addLog(program: Command): void {
  withSiteOptions(program.command('log'))
    .summary('who changed what, and when')
    .description('The history of a site, newest first; of one object when its address is given (jira/workflow/software-development).')
    .argument('[address]', 'only snapshots that changed this object')
    .option('-n, --limit <number>', 'at most so many snapshots', '20')
    .action(async (address: Address | undefined, options: Options, command: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(command, options), options.site)
      const entries = await history(opened.deps, { limit: Number(options.limit), ...(address === undefined ? {} : { address }) })
      for (const { commit, at, subject, changedBy } of entries) {
        const by = changedBy.length === 0 ? '' : `  by ${changedBy.map((name) => printable(name)).join(', ')}`
        output.text(`${commit.slice(0, 12)}  ${at}  ${printable(subject)}${by}`)
      }
      if (entries.length === 0) output.note('No snapshots yet: run `tidemark backup`.')
      output.result('log', { site: opened.deps.name, entries })
    })
}
