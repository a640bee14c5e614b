import type { Command } from 'commander'
import { simulate } from '../../wiring/simulate.ts'
import { wholeNumber } from '../arguments.ts'
import { withPage } from '../help.ts'
import { signalOf } from '../place.ts'

interface Options {
  readonly site: string
  readonly scale: string
  readonly latency: string
  readonly port: string
  readonly seed: string
  readonly load?: string
}

export function addSimulator(program: Command): void {
  const command = program
    .command('simulator')
    .summary('a Jira Cloud to try things on')
    .description(
      'Starts a simulated Jira Cloud site on this machine, prints one JSON line (url, email, token, cloudId, site) and runs until it is ' +
        'stopped (Ctrl-C). It keeps what is written to it, and is as stubborn as Jira; what it holds is lost when it stops.',
    )
    .option('-s, --site <name>', 'empty: a fresh site; any other name: a company of that name, with 35 projects', 'acme')
    .option('--scale <number>', 'how many times as much of everything', '1')
    .option('--latency <ms>', 'how long every answer waits', '0')
    .option('--port <number>', 'port on 127.0.0.1; 0: any free one', '0')
    .option('--seed <number>', 'the same seed, the same site', '1')
    .option('--load <folder>', 'fill the site from recorded answers of a real one')
    .action(async ({ site, load, ...numbers }: Options, own: Command) => {
      await simulate(
        {
          site,
          scale: wholeNumber('scale', numbers.scale, { least: 1, most: 1000 }),
          latency: wholeNumber('latency', numbers.latency, { least: 0, most: 60_000 }),
          port: wholeNumber('port', numbers.port, { least: 0, most: 65_535 }),
          seed: wholeNumber('seed', numbers.seed, { least: 0, most: 2 ** 31 - 1 }),
          ...(load === undefined ? {} : { load }),
        },
        signalOf(own),
      )
    })
  withPage(command, {
    needs: ['nothing: no network, no git, no keys'],
    examples: ['tidemark simulator', 'tidemark simulator --site acme --scale 5 --latency 20 --port 8080'],
  })
}
