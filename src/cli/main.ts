import { Command, CommanderError } from 'commander'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { version } from '../wiring/version.ts'
import { addApply } from './commands/apply.ts'
import { addBackup } from './commands/backup.ts'
import { addCopy } from './commands/copy.ts'
import { addDiff } from './commands/diff.ts'
import { addDoctor } from './commands/doctor.ts'
import { addDrift } from './commands/drift.ts'
import { addDrill } from './commands/drill.ts'
import { addEdit } from './commands/edit.ts'
import { addGitSetup } from './commands/git-setup.ts'
import { addInit } from './commands/init.ts'
import { addKeys } from './commands/keys.ts'
import { addLog } from './commands/log.ts'
import { addMatch } from './commands/match.ts'
import { addPlan } from './commands/plan.ts'
import { addRebind } from './commands/rebind.ts'
import { addRecover } from './commands/recover.ts'
import { addRestore } from './commands/restore.ts'
import { addRollback } from './commands/rollback.ts'
import { addShow } from './commands/show.ts'
import { addSimulator } from './commands/simulator.ts'
import { addStatus } from './commands/status.ts'
import { addUndo } from './commands/undo.ts'
import { addUses } from './commands/uses.ts'
import { addVerify } from './commands/verify.ts'
import { exit, outliveReaders, tellError } from './output.ts'

const program = new Command('tidemark')
  .summary('backups of Jira Cloud configuration')
  .description('Backs up the configuration of Jira Cloud sites, encrypted, in Git; shows what changed and proves that it can be read.')
  .version(version)
  // What stands behind a verb is for it, and not for what it hangs at: `restore check --site acme`.
  .enablePositionalOptions()
  .addHelpText(
    'after',
    `
Begin with: tidemark init --help. To try it without a Jira site: tidemark simulator --help.
Each command's --help tells what it needs from the environment.

stdout is data (with --json one versioned object), stderr is progress and messages.
Exit codes:
  0  done
  1  failed
  2  changes or findings await you (diff, drift, verify, status, doctor, match, plan, rebind, recover)
  3  wrong use or settings
  4  credentials, keys or rights are missing
  5  partial success: what could not be read, was not done or is left to you is named`,
  )

for (const add of [
  addInit,
  addDoctor,
  addBackup,
  addLog,
  addDiff,
  addDrift,
  addShow,
  addUses,
  addVerify,
  addStatus,
  addRestore,
  addUndo,
  addEdit,
  addCopy,
  addMatch,
  addPlan,
  addApply,
  addRollback,
  addDrill,
  addRebind,
  addRecover,
  addKeys,
  addGitSetup,
  addSimulator,
])
  add(program)
inherit(program)

const flags = { json: process.argv.includes('--json') }
outliveReaders(flags)
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  let first: number | undefined
  process.on(signal, () => {
    first ??= performance.now()
    stopped.abort(
      new TidemarkError('USAGE_STOPPED', `Stopped by ${signal}.`, {
        cure: 'An apply that had begun is finished by tidemark apply <request> --resume; what a drill has made on a site goes by tidemark drill --to <site> --clean. All else is written whole, at its end, or not at all.',
      }),
    )
    // Whoever asks again is not kept waiting. Not by the same key press, though, which a terminal and the launcher may both pass on.
    if (performance.now() - first > 1000) process.exit(exit.failed)
  })
}
program.setOptionValue('signal', stopped.signal)

try {
  await program.parseAsync()
} catch (error) {
  const wrong = error instanceof CommanderError ? undefined : stopped.signal.aborted ? stopped.signal.reason : error
  process.exitCode = wrong === undefined ? exit.done : tellError(wrong, flags)
}

/**
 * Every command throws instead of ending the process, and leaves it to us to say what is wrong. A `CommanderError` is thrown only where help or the
 * version was asked for.
 */
function inherit(command: Command): void {
  const leave = (error: CommanderError): never => {
    throw error.exitCode === 0 ? error : misuse(error, command)
  }
  command.exitOverride(leave).configureOutput({ outputError: () => {} })
  for (const child of command.commands) inherit(child)
}

/** What a person called wrongly. */
function misuse({ code, message }: CommanderError, command: Command): TidemarkError {
  if (code === 'commander.help')
    return new TidemarkError('USAGE_NO_COMMAND', 'No command was given.', { cure: 'Choose one of those above.' })
  const [what = '', ...advice] = message.replace(/^error: /, '').split('\n')
  const hint = advice.join(' ').replace(/^\((.*)\)$/, '$1')
  return new TidemarkError('USAGE_ARGUMENTS', `${printable(what.charAt(0).toUpperCase() + what.slice(1))}.`.replace(/\.\.$/, '.'), {
    cure: `${hint === '' ? '' : `${printable(hint)} `}See: ${nameOf(command)} --help.`,
  })
}

/** As it is called: `tidemark restore check`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}
