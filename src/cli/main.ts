import { Command, CommanderError } from 'commander'
import { TidemarkError } from '../model/errors.ts'
import { version } from '../wiring/version.ts'
import { addBackup } from './commands/backup.ts'
import { addDiff } from './commands/diff.ts'
import { addDoctor } from './commands/doctor.ts'
import { addInit } from './commands/init.ts'
import { addKeys } from './commands/keys.ts'
import { addLog } from './commands/log.ts'
import { addShow } from './commands/show.ts'
import { addSimulator } from './commands/simulator.ts'
import { addVerify } from './commands/verify.ts'
import { exit, exitCodeOf, outputOf, tellError } from './output.ts'

const program = new Command('tidemark')
  .description('Backs up the configuration of Jira Cloud sites, encrypted, in Git; shows what changed; brings it back.')
  .version(version)
  .showSuggestionAfterError()
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    'after',
    `
Credentials come from the environment: TIDEMARK_<SITE>_EMAIL and TIDEMARK_<SITE>_TOKEN (or TIDEMARK_EMAIL, TIDEMARK_TOKEN).
Keys: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE or SOPS_AGE_KEY_CMD opens documents; TIDEMARK_SIGNING_KEY(_FILE) signs snapshots.

Exit codes: 0 done, 1 failed, 2 changes or findings await you, 3 bad usage or settings, 4 credentials, 5 partial success.
stdout is data (with --json one versioned object), stderr is progress.`,
  )

for (const add of [addInit, addDoctor, addBackup, addLog, addDiff, addShow, addVerify, addKeys, addSimulator]) add(program)
for (const command of [program, ...program.commands]) command.exitOverride()

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stopped.abort(new TidemarkError('USAGE_STOPPED', `Stopped by ${signal}; nothing was moved.`)))
}
program.setOptionValue('signal', stopped.signal)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exit.done : exit.usage
  else {
    tellError(error, outputOf({ json: process.argv.includes('--json') }))
    process.exitCode = exitCodeOf(error)
  }
}
