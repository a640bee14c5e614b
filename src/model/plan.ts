import type { Address, RemoteId, TypeName } from './address.ts'
import type { Finding } from './finding.ts'
import type { Path } from './path.ts'
import type { Resource } from './resource.ts'
import type { Created } from './resource-type.ts'

export type Verb = 'create' | 'revive' | 'update' | 'repair' | 'delete' | 'manual'

/** A difference: what stands there (`live`), what was there when the request was written (`base`), what shall be there (`wanted`). */
export interface Change {
  readonly address: Address
  readonly live?: Resource
  readonly wanted?: Resource
  readonly base?: Resource
  /** Concrete places that differ between live and wanted. */
  readonly paths: readonly Path[]
  /** Those of them that live and wanted both changed since the base, each in its own way. */
  readonly collisions: readonly Path[]
  /** Parts that hold values of work items and that wanted lacks: kept, since nobody named them. */
  readonly spared?: readonly Address[]
}

/** Where work items go whose place a step takes away, as far as the request says it: from what to what. */
export type MovesSaid = Readonly<Record<Address, Address>>

/** One call to make and what it waits for. Addresses, paths and keyed digests; never values. */
export interface Step {
  readonly id: string
  readonly verb: Verb
  readonly address: Address
  readonly paths: readonly Path[]
  /** Ids of the steps it waits for. */
  readonly after: readonly string[]
  /** Keyed digest of the live document that was reviewed; absent where none existed. */
  readonly expects?: string
  /** Keyed digest of the document after the step; absent where none shall exist. */
  readonly becomes?: string
  /** Keyed digests of the live documents that the step's document refers to and the plan leaves alone: who changes one of them changes what was approved. */
  readonly refers?: Readonly<Record<Address, string>>
  /** References left out of this step, filled in by a later one. */
  readonly without?: readonly Path[]
  /** What is not said is chosen by the type, when it writes. */
  readonly moves?: MovesSaid
  readonly why?: string
}

/** The ordered, digest-bound value that is reviewed and applied. */
export interface Plan {
  readonly format: 1
  readonly site: string
  readonly cloudId: string
  readonly source: string
  readonly base?: string
  readonly request: string
  readonly tool: string
  readonly policy: string
  readonly existed: Readonly<Record<TypeName, readonly RemoteId[]>>
  readonly steps: readonly Step[]
  readonly findings: readonly Finding[]
  /** What this cannot bring back. */
  readonly lost: readonly Finding[]
  readonly digest: string
}

export interface Policy {
  /** Addresses that may be deleted; nothing else is. */
  readonly delete: readonly Address[]
  readonly protect: readonly Address[]
  /** Answers to collisions, by address: `live` keeps what stands there, `wanted` overwrites. */
  readonly choices: Readonly<Record<string, 'live' | 'wanted'>>
}

export type StepEvent =
  | { readonly at: Date; readonly step: Step; readonly what: 'started' }
  /** Something exists now, though the step has not ended. */
  | { readonly at: Date; readonly step: Step; readonly what: 'made'; readonly made: Created }
  | { readonly at: Date; readonly step: Step; readonly what: 'done'; readonly made?: Created }
  | {
      readonly at: Date
      readonly step: Step
      readonly what: 'failed' | 'skipped' | 'left-to-you'
      readonly finding: Finding
      readonly made?: Created
    }

/** What must outlive a crash. A journal begins with the approved plan. */
export interface Journal {
  /** Durable before the first of these steps writes. */
  intend(steps: readonly Step[]): Promise<void>
  record(event: StepEvent): Promise<void>
}

export interface Outcome {
  readonly done: number
  readonly failed: number
  readonly skipped: number
  readonly manual: number
}

/** Run states, in the field's words. */
export type RunState = 'queued' | 'in_progress' | 'action_required' | 'success' | 'partial_success' | 'failed' | 'cancelled'
