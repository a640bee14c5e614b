import type { Command } from 'commander'
import { diff } from '../../flows/diff.ts'
import { openSides } from '../../wiring/sides.ts'
import { type ChangeOptions, exitOf, tellChanges, withChangeOptions } from '../changes.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addDiff(program: Command): void {
  const command = withChangeOptions(
    withSiteOptions(program.command('diff'), 'needed only where tidemark.yaml names several and neither side names one'),
  )
    .summary('what differs between two snapshots or sites, decrypted')
    .description(
      'What differs between two snapshots of a site, between two sites, or from a site as it is now (live), by object and property, in plain text ' +
        'on your terminal only. Nothing is written. Without arguments: the last change. Snapshots are named by commit, by day (2026-11-01: the last ' +
        'one of that day or before) or counted back (HEAD~2); of another site as acme-sandbox@2026-11-01, its last one as acme-sandbox; live, or ' +
        'acme-sandbox@live, is a site read now. Two sites are aligned first, by their match table and by names (see tidemark match), so that only ' +
        'true differences show.',
    )
    .argument('[from]', 'the older snapshot, a site, or live', 'HEAD~1')
    .argument('[to]', 'the newer snapshot, a site, or live', 'HEAD')
    .action(async (first: string, second: string, options: SiteOptions & ChangeOptions, own: Command) => {
      const output = outputOf(options)
      const { from, to, decisions } = await openSides(placeOf(own, options), [first, second], options.site)
      const { select } = options
      const { changes, unknown, findings, complete } = await diff(from, to, { select, ...(decisions === undefined ? {} : { decisions }) })
      const [a, b] = [from.site.name, to.site.name]
      if (!from.live && !to.live && a === b && from.commit === to.commit) output.note('Both sides are the same snapshot.')
      const told = tellChanges(output, changes, options, {
        ...(a === b ? {} : { words: { added: `only on ${b}`, removed: `only on ${a}` } }),
        aside: ({ was }) => (was === undefined ? undefined : `on ${a} ${was}`),
      })
      if (unknown.length > 0) output.note(`${unknown.length} changed objects are of types that this version does not know.`)
      output.findings(findings)
      output.result('diff', {
        site: b,
        from: from.live ? 'live' : from.commit,
        to: to.live ? 'live' : to.commit,
        sites: { from: a, to: b },
        ...told,
        unknown,
        findings,
      })
      const awaits = changes.length + unknown.length > 0 || findings.some(({ level }) => level !== 'note')
      process.exitCode = exitOf(awaits, complete)
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, `for live: ${needs.credentials}`],
    examples: [
      'tidemark diff',
      'tidemark diff 2026-11-01 --select jira/workflow',
      'tidemark diff HEAD~7 live --site acme --stat',
      'tidemark diff acme acme-sandbox',
    ],
    exits: {
      2: 'there are differences, or what could not be told apart',
      5: 'a live site could not be read completely: there may be more',
    },
  })
}
