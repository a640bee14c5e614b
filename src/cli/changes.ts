import type { Command } from 'commander'
import { type ChangesText, changesAsText, countsOf } from '../engine/render.ts'
import type { SideChange } from '../flows/diff.ts'
import { exit, type Output } from './output.ts'

/** Options of the verbs that tell differences. */
export interface ChangeOptions {
  readonly stat?: boolean
  readonly select: readonly string[]
}

export function withChangeOptions(command: Command): Command {
  return command
    .option('--stat', 'only counts and a line an object, no values')
    .option('--select <patterns...>', 'only these objects: jira/workflow, jira/field/customer-*', [])
}

/** Tells changes as text, and answers them as they stand under `--json`: with `--stat` the places alone, never a value. */
export function tellChanges<Change extends SideChange>(
  output: Output,
  changes: readonly Change[],
  { stat = false }: ChangeOptions,
  how: ChangesText<Change> = {},
): { readonly counts: object; readonly changes: readonly object[] } {
  output.text(changesAsText(changes, { ...how, values: !stat }))
  const told = stat ? changes.map(({ properties, ...change }) => ({ ...change, paths: properties.map(({ at }) => at) })) : changes
  return { counts: countsOf(changes), changes: told }
}

/** 5 where something could not be read, since there may be more; else 2 where something awaits a person, else 0. */
export function exitOf(awaits: boolean, complete: boolean): number {
  return complete ? (awaits ? exit.awaits : exit.done) : exit.partial
}
