import type { Command } from 'commander'
import { countsOf, propertiesAsLines, signs } from '../../engine/render.ts'
import { type HistoryEntry, history } from '../../flows/history.ts'
import { printable } from '../../model/printable.ts'
import { openSite } from '../../wiring/open.ts'
import { anyAddressGiven, wholeNumber } from '../arguments.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { byAsText } from '../people.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly limit: string
  readonly stat?: boolean
}

export function addLog(program: Command): void {
  const command = withSiteOptions(program.command('log'))
    .summary('what changed, when, and by whom')
    .description(
      'The snapshots of a site, newest first; with an address, those that changed that object, and what they changed of it. Who changed it is told as ' +
        'Atlassian account ids from the audit log of Jira, `unknown` where it has gaps. What an apply did names its request.',
    )
    .argument(
      '[address]',
      'only snapshots that changed this object: jira/workflow/software-development; of a part: the object it belongs to',
    )
    .option('-n, --limit <number>', 'at most so many snapshots', '20')
    .option('--stat', 'also which objects changed, and by whom each; with an address: no values')
    .action(async (text: string | undefined, options: Options, own: Command) => {
      const output = outputOf(options)
      const { stat = false } = options
      const limit = wholeNumber('limit', options.limit, { least: 1, most: 1_000_000 })
      const address = text === undefined ? {} : { address: anyAddressGiven(text) }
      await using opened = await openSite(placeOf(own, options), options.site)
      const entries = await history(opened.deps, { limit, objects: stat, ...address })
      for (const entry of entries) output.text(entryAsText(entry, stat))
      if (entries.length === 0) output.note('No snapshots: run `tidemark backup`.')
      output.result('log', { site: opened.deps.name, entries: stat ? entries.map(withoutValues) : entries })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key],
    examples: ['tidemark log', 'tidemark log --stat --limit 3', 'tidemark log jira/workflow/software-development --limit 5'],
  })
}

// The first snapshot holds a whole site: `--json` tells all of it.
const most = 50

function entryAsText({ commit, at, subject, changedBy, request, changes, change }: HistoryEntry, stat: boolean): string {
  const people = change === undefined ? changedBy : change.by
  const by = people.length === 0 ? '' : `  by ${byAsText(people)}`
  const applied = request === undefined ? '' : `  request ${printable(request)}`
  const lines = [`${commit.slice(0, 12)}  ${at.slice(0, 16).replace('T', ' ')}Z  ${printable(subject)}${by}${applied}`]
  if (change !== undefined) {
    if (change.what !== 'changed') lines.push(`    ${change.what}`)
    lines.push(...propertiesAsLines(change.properties, { values: !stat }))
  }
  if (changes !== undefined) {
    for (const [type, { added, changed, removed }] of Object.entries(countsOf(changes)))
      lines.push(`    ${type}: ${added} added, ${changed} changed, ${removed} removed`)
    for (const one of changes.slice(0, most)) lines.push(`    ${signs[one.what]} ${one.address}  by ${byAsText(one.by)}`)
    if (changes.length > most) lines.push(`    … and ${changes.length - most} more`)
  }
  return lines.join('\n')
}

function withoutValues({ change, changes, ...entry }: HistoryEntry): object {
  const { properties, ...happened } = change ?? { properties: [] }
  return {
    ...entry,
    ...(changes === undefined ? {} : { counts: countsOf(changes), changes }),
    ...(change === undefined ? {} : { change: { ...happened, paths: properties.map(({ at }) => at) } }),
  }
}
