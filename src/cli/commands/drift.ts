import type { Command } from 'commander'
import { signs } from '../../engine/render.ts'
import { drift } from '../../flows/drift.ts'
import type { Saved } from '../../flows/saved.ts'
import { dayIn } from '../../lib/duration.ts'
import { printable } from '../../model/printable.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { type ChangeOptions, exitOf, tellChanges, withChangeOptions } from '../changes.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { byAsText } from '../people.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions, ChangeOptions {
  readonly since?: string
}

export function addDrift(program: Command): void {
  const command = withChangeOptions(withSiteOptions(program.command('drift')))
    .summary('what changed on a site since its last snapshot')
    .description(
      'Reads a site and tells what the next backup would commit: by object and property, in plain text on your terminal only, and who did it as ' +
        'far as the audit log of Jira tells. Nothing is written, neither there nor here. With --since also what was changed outside of requests from that ' +
        'day on and is backed up, as the signed records of runs tell: one line an object. That alone does not change the exit code.',
    )
    .option('--since <day>', 'also what was changed outside of requests since then, and is backed up: 2026-11-01, or how long ago: 7d')
    .action(async (options: Options, own: Command) => {
      const output = outputOf(options)
      const place = placeOf(own, options)
      const since = options.since === undefined ? {} : { since: dayIn(options.since, '--since', place.context.clock.now()) }
      await using opened = await openSite(place, options.site)
      const { snapshot, changes, findings, complete, saved } = await drift(connectSite(opened), options.select, since)
      const told = tellChanges(output, changes, options, { aside: ({ by }) => `by ${byAsText(by)}` })
      if (saved !== undefined) output.text(savedAsText(saved))
      output.findings(findings)
      if (!complete) output.text('Not everything could be read: see above.')
      output.result('drift', { site: opened.deps.name, snapshot, complete, ...told, ...(saved === undefined ? {} : { saved }), findings })
      process.exitCode = exitOf(changes.length > 0, complete)
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key],
    examples: [
      'tidemark drift',
      'tidemark drift --stat --select jira/workflow jira/screen',
      'tidemark drift --since 7d',
      'tidemark drift --json',
    ],
    exits: { 2: 'the site is not as it was backed up', 5: 'something could not be read: there may be more' },
  })
}

function savedAsText({ since, changes }: Saved): string {
  const day = since.slice(0, 10)
  if (changes.length === 0) return `\nNothing was changed outside of requests since ${day} and backed up.`
  const lines = changes.map(
    ({ what, address, by, snapshot }) =>
      `${signs[what]} ${printable(address)}  (${what}; by ${byAsText(by)}; in ${printable(snapshot.slice(0, 12))})`,
  )
  return ['', `Changed outside of requests since ${day}, and backed up:`, '', ...lines].join('\n')
}
