import type { Happened } from '../engine/folded.ts'
import type { Address, TypeName } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Glob } from '../model/glob.ts'
import type { Json } from '../model/json.ts'
import { writeJson } from '../model/json.ts'
import type { Path } from '../model/path.ts'
import type { RunState } from '../model/plan.ts'
import type { Pin } from '../model/request.ts'

/** One line of `tidemark/runs/<site>`: the proof that a run took place, what it saw and who had changed it. Addresses, never values. */
export interface RunRecord {
  readonly format: 1
  readonly flow: 'backup' | 'apply' | 'drill' | 'rebind'
  /** Of an apply: the request that was carried out. */
  readonly request?: string
  /** Of a promotion: the snapshot of the other site, and what of it. */
  readonly promoted?: Promoted
  readonly site: string
  readonly tool: string
  readonly started: string
  readonly ended: string
  readonly state: RunState
  /** The snapshot that the run found or made. */
  readonly snapshot: string | null
  readonly types: Readonly<Record<TypeName, TypeCount>>
  readonly changes: readonly ChangeRecord[]
  readonly findings: readonly Finding[]
  readonly drill?: DrillRecord
  readonly rebind?: RebindRecord
}

/** A snapshot of another site, of which this was promoted: by that site's addresses what the patterns take in, but for what was left. */
export interface Promoted extends Pin {
  readonly select: readonly Glob[]
  readonly left: readonly Address[]
  /** What the request brought under another name, and its address on the destination. */
  readonly renamed?: readonly Brought[]
}

/** An object of one site, and what was made of it on another. */
export interface Brought {
  readonly from: Address
  readonly to: Address
}

/** A site that took the place of another one. The cloud ids, and of the snapshot's objects how many were found again. */
export interface RebindRecord {
  readonly from: string
  readonly to: string
  readonly found: number
  readonly lost: readonly Address[]
}

/** What a drill proved. Addresses and paths, never values. */
export interface DrillRecord {
  /** The destination was a simulated site, so this says nothing of what Jira itself would take. */
  readonly simulated: boolean
  readonly snapshot: string
  readonly objects: number
  /** Of those, the ones that came back the same. */
  readonly restored: number
  /** Those that are not ours to write, or that a plan refuses; the findings say why. */
  readonly left: readonly Address[]
  readonly missing: readonly Address[]
  readonly different: readonly { readonly address: Address; readonly paths: readonly Path[] }[]
  readonly seconds: number
  /** Of a drill on a site in use: our name of it, and how many objects it made there and removed again. */
  readonly on?: { readonly site: string; readonly removed: number; readonly leftovers: number }
}

export interface TypeCount {
  readonly objects: number
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly complete: boolean
}

/** What a run took in of one object, since the run before. */
export type ChangeRecord = Happened

export const runFile = 'run.json'

export function writeRunRecord(record: RunRecord): string {
  const findings = record.findings.map(({ said: _said, ...finding }) => finding)
  return `${writeJson({ ...record, findings } as unknown as Json, 2)}\n`
}

/** Reads a record of a run; undefined when the text is none (an older or foreign commit). */
export function readRunRecord(text: string): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && (value as { format?: unknown }).format === 1) return value as RunRecord
  } catch {
    return undefined
  }
  return undefined
}
