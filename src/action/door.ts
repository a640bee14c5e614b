import { troubleOf } from '../flows/pull/trouble.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Place } from '../wiring/open.ts'
import type { Forge } from '../wiring/open-forge.ts'
import type { PullDesk } from '../wiring/pull.ts'
import type { Settings } from '../wiring/settings.ts'
import type { Environment } from './environment.ts'
import type { Event } from './event.ts'
import type { Inputs } from './inputs.ts'
import type { Runner } from './runner.ts'

/** What every command is given. */
export interface Door {
  readonly environment: Environment
  readonly inputs: Inputs
  readonly event: Event
  readonly runner: Runner
  readonly place: Place
  /** The settings of `main`, read when they are first asked for. */
  readonly settings: () => Promise<Settings>
  /** Undefined where nothing gives access to one. */
  readonly forge: () => Promise<Forge | undefined>
  /** What flows about pull requests need. Throws `FORGE_NO_ACCESS`. */
  readonly desk: () => Promise<PullDesk>
}

/** The sites that a command is about: the one of its input, else every one that is still backed up. */
export async function sitesOf({ inputs, settings }: Door): Promise<readonly string[]> {
  if (inputs.site !== undefined) return [inputs.site]
  const { sites } = await settings()
  return [...sites.values()].filter(({ removed }) => removed === undefined).map(({ name }) => name)
}

/** Does the work for each; what stops one stops no other, but fails the job. */
export async function each(door: Door, names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const { runner, place } = door
  for (const name of names) {
    try {
      await work(name)
    } catch (error) {
      // Whoever stops the job stops all of it.
      if (place.context.signal.aborted) throw place.context.signal.reason
      runner.fail(error, name)
    }
  }
}

/** The forge, for what cannot be done without. Throws `FORGE_NO_ACCESS`. */
export function needed(forge: Forge | undefined): Forge {
  if (forge !== undefined) return forge
  throw new TidemarkError('FORGE_NO_ACCESS', 'Nothing gives access to the pull requests of this repository.', {
    cure: 'Give the action the input token, or app-id and private-key; and set repository.github in tidemark.yaml where it runs outside of GitHub.',
  })
}

/** What the forge answers; where it refuses or fails, that is a warning, and undefined. */
export async function unlessForge<Value>({ runner }: Door, ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask()
  } catch (error) {
    runner.remark('warning', troubleOf(error))
    return undefined
  }
}
