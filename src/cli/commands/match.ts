import type { Command } from 'commander'
import { matchesAsCsv } from '../../flows/match-csv.ts'
import type { Address } from '../../model/address.ts'
import { printable } from '../../model/printable.ts'
import { type Matched, matchSites } from '../../wiring/match.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { type OutputFlags, placeOf, withOutputOptions } from '../place.ts'

interface Options extends OutputFlags {
  readonly config?: string
  readonly csv?: boolean
  readonly import?: string
}

export function addMatch(program: Command): void {
  const command = withOutputOptions(
    program
      .command('match')
      .summary('say which object of one site is which of another, where names do not tell')
      .description(
        'Compares the newest snapshots of two sites and proposes, in matches/<a>--<b>.yaml, what could be the same although names do not tell for ' +
          'certain: equal names of which there are several, and names that differ in case, spaces and punctuation only. What was decided there is ' +
          'never changed, comments stay, and one table serves both ways. Review it and commit it on main. It holds addresses, no names.',
      )
      .argument('<a>', 'a site')
      .argument('<b>', 'another site')
      .option('-c, --config <file>', 'settings file (otherwise the nearest tidemark.yaml, upward)')
      .option('--csv', 'print the table with the names of the objects as CSV; write nothing')
      .option('--import <file>', 'take over what a sheet decides: rows whose state is same or different'),
  ).action(async (from: string, to: string, options: Options, own: Command) => {
    const output = outputOf(options)
    const sheet = options.import
    const csv = options.csv === true
    const matched = await matchSites(placeOf(own, options), from, to, { ...(sheet === undefined ? {} : { sheet }), save: !csv })
    const { table, told, alone, open, path, written, findings } = matched
    output.findings(findings)
    output.text(csv ? matchesAsCsv(matched) : asText(from, to, matched))
    output.result('match', {
      from,
      to,
      file: path,
      written,
      told,
      alone,
      open,
      objects: table.objects,
      users: table.users,
      groups: table.groups,
      findings,
    })
    process.exitCode = open > 0 ? exit.awaits : exit.done
  })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, 'a backup of both sites. Jira is not asked'],
    examples: [
      'tidemark match acme sandbox',
      'tidemark match acme sandbox --csv > matches.csv     (then fill in the column state: same, different)',
      'tidemark match acme sandbox --import matches.csv',
    ],
    exits: { 2: 'something is still open' },
  })
}

function asText(from: string, to: string, { table, told, alone, open, nameOf, path, there, written }: Matched): string {
  const decided = [...table.objects, ...table.users, ...table.groups].filter(({ state }) => state !== 'proposed').length
  const name = (side: 'from' | 'to', address: Address) => `"${printable(nameOf(side, address), 60)}"`
  return [
    ...table.objects
      .filter(({ state }) => state === 'proposed')
      .map((pair) => `? ${pair.from} → ${pair.to}\n    ${name('from', pair.from)} → ${name('to', pair.to)}`),
    `${from} and ${to}: ${told} objects told by their names, ${decided} decided, ${open} open; ${alone} of ${from} without a counterpart.`,
    ...(there ? [`${path} ${written ? 'was written' : 'stays as it is'}.`] : []),
    ...(open > 0
      ? [
          'For each open entry: delete `state: proposed` if the two are the same, or make it `state: different`. Run this again: parts (options,\ntransitions and the like) are looked at when no object is open. Then commit the file.',
        ]
      : []),
  ].join('\n')
}
