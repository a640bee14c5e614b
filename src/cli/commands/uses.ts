import type { Command } from 'commander'
import { placeAsText } from '../../engine/render.ts'
import { type UsesResult, uses } from '../../flows/uses.ts'
import { printable } from '../../model/printable.ts'
import { openSite } from '../../wiring/open.ts'
import { snapshotIn } from '../../wiring/sides.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly at: string
  readonly text?: boolean
}

type How = UsesResult['uses'][number]['how']

const words: Readonly<Record<How, string>> = {
  refers: 'refers to it',
  names: 'refers to it in a text',
  holds: 'holds it',
  says: 'says its name only',
}

export function addUses(program: Command): void {
  const command = withSiteOptions(program.command('uses'))
    .summary('who refers to an object, an account or a group')
    .description(
      'Tells which objects of a snapshot refer to an object or a part of one (an option, a transition), in declared places and inside texts, or ' +
        'hold an account id or the name of a group. With --text also where its name, or the words that were given, stand in free text: scripts, JQL, ' +
        'descriptions. That may mean something else, and is told apart. Jira is not asked.',
    )
    .argument('<what>', 'an address, an account id, the name of a group, or with --text any words')
    .option('--text', 'look for its name, or for these words, in free text too (whole words, in either case)')
    .option('--at <snapshot>', 'a commit, a day (2026-11-01) or HEAD~2', 'HEAD')
    .action(async (what: string, options: Options, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site)
      const commit = await snapshotIn(opened.deps, opened.settings, options.at)
      const { uses: found, findings } = await uses(opened.deps, commit, what, { text: options.text === true })
      for (const { address, at, how, to } of found) {
        output.text(`${address}  ${placeAsText(at)}  ${words[how]}${to === undefined ? '' : `: ${to}`}`)
      }
      const counts = [...Map.groupBy(found, ({ how }) => how)].map(([how, all]) => `${words[how]}: ${all.length}`)
      output.note(found.length === 0 ? `Nothing uses ${printable(what, 200)} in that snapshot.` : `${counts.join(', ')}.`)
      output.findings(findings)
      output.result('uses', { site: opened.deps.name, commit, what, uses: found, findings })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key],
    examples: [
      'tidemark uses jira/field/customer-tier --text',
      'tidemark uses "jira/field-context/customer-tier--default#option/gold"',
      'tidemark uses 5b10ac8d82e05b22cc7d4ef5 --at 2026-11-01',
    ],
  })
}
