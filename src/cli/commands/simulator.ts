import type { Command } from 'commander'
import { simulate } from '../../wiring/simulate.ts'

export function addSimulator(program: Command): void {
  program
    .command('simulator')
    .summary('a Jira Cloud to try things on')
    .description(
      'Starts a simulated Jira Cloud site on this machine, prints one JSON line (url, email, token) and runs until it is stopped.\n' +
        'It is stateful and as stubborn as Jira; what it holds is lost when it stops.',
    )
    .option('-s, --site <name>', 'name of the site; acme is a company with 30 projects, empty a fresh site', 'acme')
    .option('--scale <number>', 'how many times as much of everything', '1')
    .option('--latency <ms>', 'how long every answer waits', '0')
    .option('--port <number>', 'port on 127.0.0.1; 0: any free one', '0')
    .option('--seed <number>', 'the same seed, the same site', '1')
    .option('--load <folder>', 'fill the site from recorded answers of a real one')
    .addHelpText('after', '\nExample:\n  tidemark simulator --site acme --scale 5 --latency 20 --port 0')
    .action(
      async (options: { site: string; scale: string; latency: string; port: string; seed: string; load?: string }, command: Command) => {
        await simulate(options, command.parent?.getOptionValue('signal') as AbortSignal)
      },
    )
}
