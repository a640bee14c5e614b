import type { Address } from './address.ts'
import type { Glob } from './glob.ts'
import type { MovesSaid } from './plan.ts'

export type RequestKind = 'restore' | 'undo' | 'edit' | 'promotion' | 'rollback'

/** A snapshot, pinned: its commit, and its tree, which a new epoch keeps though commits change. */
export interface Pin {
  readonly site: string
  readonly commit: string
  readonly tree: string
}

/**
 * What a person decided about one object. `overwrite` and `keep` answer a collision; `skip` leaves the object out, also as a dependency and a repair;
 * `delete` names it, or a part that holds values, for deletion; `disable` keeps such a part out of use instead. `use` takes an object that the
 * destination has in its place, `rename` brings it under another name.
 */
export type Choice = 'overwrite' | 'keep' | 'skip' | 'delete' | 'disable' | { readonly use: Address } | { readonly rename: string }

/** Changes to be taken back: what became of these addresses between two snapshots. */
export interface Undone {
  readonly before: Pin
  readonly after: Pin
  readonly addresses: readonly Address[]
}

/** Whether a request is applied while its pull request is open, so that what is merged is what is so; the others are applied when they are merged. */
export function isAppliedFirst(kind: RequestKind): boolean {
  return kind === 'edit' || kind === 'promotion'
}

/** What somebody asks to be applied. Written once, by a verb; then people's: they may edit everything but the pins. */
export interface Request {
  readonly format: 1
  /** Also the name of its folder and its branches. */
  readonly id: string
  readonly kind: RequestKind
  /** The destination. */
  readonly to: { readonly site: string; readonly cloudId: string }
  /** Where the wanted resources come from; absent for an edit, whose wanted resources stand beside the request, and for what takes changes back. */
  readonly source?: Pin
  /** What an undo or a rollback takes back, the latest first. */
  readonly undo?: readonly Undone[]
  /** Objects that others changed in the same snapshots too: nobody can tell whose change is whose, so each wants a choice. */
  readonly ask?: readonly Address[]
  /** What the wish was made from: what others changed since then stays. Absent: every difference is taken. */
  readonly base?: Pin
  /** Of a promotion, what the base tells of: promoted as it stands there. By the source's addresses; of the rest nobody knows what they were made from. */
  readonly promoted?: readonly Address[]
  /** Of the source, what is wanted. */
  readonly select: readonly Glob[]
  /** Of what the source lacks, what shall go from the destination. */
  readonly delete: readonly Glob[]
  readonly choices: Readonly<Record<string, Choice>>
  /** By the object whose change takes it away: where work items go from there. What is not said is chosen. In the destination's addresses. */
  readonly moves?: Readonly<Record<Address, MovesSaid>>
  /** Account ids of the source, and whose they are on the destination. */
  readonly users: Readonly<Record<string, string>>
  /** Names of groups of the source, and what they are called on the destination. */
  readonly groups: Readonly<Record<string, string>>
}

const idPattern = /^[a-z0-9][a-z0-9-]{0,79}$/

/** Whether a text may be the id of a request: small letters, digits and dashes, so that it fits a folder and a branch. */
export function isRequestId(text: string): boolean {
  return idPattern.test(text) && !text.endsWith('-') && !text.includes('--')
}
