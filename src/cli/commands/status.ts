import type { Command } from 'commander'
import { statusAsText } from '../../engine/render-status.ts'
import { statusOf } from '../../flows/status.ts'
import { millisecondsIn } from '../../lib/duration.ts'
import { openRuns } from '../../wiring/runs.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withOutputOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly maxAge: string
}

export function addStatus(program: Command): void {
  const command = withOutputOptions(program.command('status'))
    .summary('whether the last backup is young enough')
    .description(
      'Reads the signed lines of runs, also those of nights without a change, and says of each site when it was last read and saved. A run that failed ' +
        'leaves no line, so it shows as age. Needs no key and no credentials: run it where nothing else of the backup runs, and be told by its exit code.',
    )
    .option('-s, --site <name>', 'only this site')
    .option('-c, --config <file>', 'settings file (otherwise the nearest tidemark.yaml, upward)')
    .option('--max-age <time>', 'how old the last backup may be: 90m, 26h, 7d', '26h')
    .action(async (options: Options, own: Command) => {
      const output = outputOf(options)
      const maxAge = millisecondsIn(options.maxAge, '--max-age')
      const place = placeOf(own, options)
      const sites = []
      for (const runs of await openRuns(place, options.site)) {
        sites.push(await statusOf(runs, { maxAge, clock: place.context.clock }))
      }
      for (const status of sites) output.text(statusAsText(status))
      output.result('status', { maxAge, sites })
      process.exitCode = sites.every(({ state }) => state === 'current') ? exit.done : exit.awaits
    })
  withPage(command, {
    needs: [needs.git, needs.repository],
    examples: ['tidemark status', 'tidemark status --max-age 26h --site acme --json'],
    exits: { 2: 'a site was backed up too long ago or never, or types of it could not be read in three runs in a row' },
  })
}
