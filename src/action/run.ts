import { resolve } from 'node:path'
import { systemClock } from '../lib/clock.ts'
import { ndjsonLog, silentLog } from '../lib/log.ts'
import type { Clock, Context } from '../model/context.ts'
import type { Place } from '../wiring/open.ts'
import { type Forge, type ForgeFor, gitTokens } from '../wiring/open-forge.ts'
import { openDesk, type PullDesk } from '../wiring/pull.ts'
import { loadSettings } from '../wiring/settings-find.ts'
import { applyCommand } from './commands/apply.ts'
import { backupCommand } from './commands/backup.ts'
import { checkCommand } from './commands/check.ts'
import { commentCommand } from './commands/comment.ts'
import { driftCommand } from './commands/drift.ts'
import { drillCommand } from './commands/drill.ts'
import { planCommand } from './commands/plan.ts'
import { reconcileCommand } from './commands/reconcile.ts'
import { requestCommand } from './commands/request.ts'
import { statusCommand } from './commands/status.ts'
import { type Door, needed } from './door.ts'
import type { Environment } from './environment.ts'
import { eventIn } from './event.ts'
import { type CommandName, type Inputs, inputsIn } from './inputs.ts'
import { requireExpectedReaders } from './readers.ts'
import { openRunner, type Runner } from './runner.ts'
import { formsOfToken, secretsIn } from './secrets.ts'

const commands: Readonly<Record<CommandName, (door: Door) => Promise<void>>> = {
  backup: backupCommand,
  check: checkCommand,
  plan: planCommand,
  apply: applyCommand,
  comment: commentCommand,
  request: requestCommand,
  drift: driftCommand,
  drill: drillCommand,
  reconcile: reconcileCommand,
  status: statusCommand,
}

export interface ActionOptions {
  readonly environment: Environment
  /** Takes what goes to the log of the job. */
  readonly write: (text: string) => void
  readonly forgeFor: ForgeFor
  readonly signal: AbortSignal
  readonly clock?: Clock
}

/** One step of a job: reads what the runner gives, obeys, tells. Answers the exit code; never throws for what can go wrong. */
export async function runAction({ environment, write, forgeFor, signal, clock = systemClock }: ActionOptions): Promise<number> {
  const runner = openRunner({ environment, write })
  // Before anything else can be said.
  runner.hide(secretsIn(environment))
  try {
    const inputs = inputsIn(environment)
    const log = environment['RUNNER_DEBUG'] === '1' ? ndjsonLog({ write: (line) => runner.say(line.trimEnd()), clock }) : silentLog
    const door = await doorOf({ inputs, runner, environment, forgeFor, context: { clock, log, signal } })
    await requireExpectedReaders(door)
    await commands[inputs.command](door)
  } catch (error) {
    runner.fail(signal.aborted ? signal.reason : error)
    runner.output('state', 'failed')
  }
  return runner.end()
}

async function doorOf(given: {
  readonly inputs: Inputs
  readonly runner: Runner
  readonly environment: Environment
  readonly forgeFor: ForgeFor
  readonly context: Context
}): Promise<Door> {
  const { inputs, runner, environment, forgeFor, context } = given
  const folder = resolve(environment['GITHUB_WORKSPACE'] || '.', inputs.workingDirectory)
  const access = {
    ...(inputs.token === undefined ? {} : { token: inputs.token }),
    ...(inputs.app === undefined ? {} : { app: inputs.app }),
  }
  const here: Place = { folder, environment, context, ...gitUrlOf(environment) }
  const settings = once(() => loadSettings(folder))
  const told = new Set<string>()
  let tokens: (() => Promise<string>) | undefined
  const place: Place = {
    ...here,
    ...(inputs.app === undefined && inputs.token === undefined
      ? {}
      : {
          async gitToken() {
            tokens ??= gitTokens(here, await settings(), access)
            const token = (await tokens?.()) ?? ''
            if (!told.has(token)) runner.hide(formsOfToken(token))
            told.add(token)
            return token
          },
        }),
  }
  const forge = once(async (): Promise<Forge | undefined> => forgeFor(place, await settings(), access))
  const desk = once(async (): Promise<PullDesk> => openDesk(place, await settings(), needed(await forge())))
  return { environment, inputs, event: await eventIn(environment), runner, place, settings, forge, desk }
}

/** Where the repository of the job is fetched from and pushed to by a token. */
function gitUrlOf({ GITHUB_SERVER_URL, GITHUB_REPOSITORY }: Environment): Pick<Place, 'gitUrl'> {
  return GITHUB_SERVER_URL && GITHUB_REPOSITORY ? { gitUrl: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git` } : {}
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}
