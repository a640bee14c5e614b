/** What a site holds: its rows by family, and who and what it is. */
import type { Clock } from '../model/context.ts'
import type { Accounts } from './accounts.ts'
import type { AuditLog } from './audit.ts'
import type { AnyFamily, Family } from './kit.ts'
import { hash, type Random, randomOf } from './random.ts'
import type { Tasks } from './tasks.ts'

/** An object of a site. The id is text here, whatever answers write. */
export interface Row {
  readonly id: string
}

/** The rows of one family. Nothing is checked here (see rows.ts): tests and presets seed through it directly. */
export interface Store<T extends Row> {
  readonly family: Family<T>
  readonly size: number
  get(id: string): T | undefined
  /** Every row in the family's order. Valid until the next change; do not keep. */
  all(): readonly T[]
  /** The rows whose index has this key, in order of creation. */
  where(index: string, key: string): readonly T[]
  /** The row that a unique property (by its place in `family.unique`) would clash with. */
  clash(place: number, row: T): T | undefined
  /** Stores a row; without an id it gets the next one. */
  add(row: Omit<T, 'id'> & { readonly id?: string }): T
  /** Replaces properties of a row; answers the row as it is now. */
  change(id: string, patch: Partial<T>): T
  remove(id: string): T | undefined
}

export interface SiteState {
  readonly name: string
  readonly cloudId: string
  /** `http://127.0.0.1:41234`, without a slash at the end; known once the site listens. */
  url: string
  readonly clock: Clock
  readonly random: Random
  readonly accounts: Accounts
  readonly audit: AuditLog
  readonly tasks: Tasks
  readonly families: readonly AnyFamily[]
  /** Page sizes are clamped to this as well, so that a test can make any list a long one. */
  readonly pageSize: number | undefined
  /** What was recorded from a real site and is answered unchanged: by `family` or `family/view`, then id (see load.ts). */
  readonly recorded: Map<string, Map<string, Readonly<Record<string, unknown>>>>
  /** Subtasks, links and the like: `GET /configuration`. Tests may change them. */
  readonly settings: {
    subTasksEnabled: boolean
    paid: boolean
    /** Keys of rules of further apps that are installed: `addon__module`, or the ARI of a Forge module. */
    readonly apps: Set<string>
  }
  /** The rows of a family, named by itself or by its name. Throws for a family that the site does not have. */
  store<T extends Row>(family: Family<T>): Store<T>
  store<T extends Row>(family: string): Store<T>
  has(family: string): boolean
  /** The next number of a sequence. */
  nextNumber(sequence: string): number
}

export interface StateOptions {
  readonly name: string
  readonly seed: number
  readonly families: readonly AnyFamily[]
  readonly clock: Clock
  readonly pageSize?: number
  readonly accounts: (state: { readonly random: Random; readonly name: string }) => Accounts
  readonly audit: (clock: Clock, firstId: number) => AuditLog
  readonly tasks: (state: SiteState) => Tasks
}

/** An empty site: no row in any store. Ids, the cloudId and everything random follow from its name and seed alone. */
export function newState(options: StateOptions): SiteState {
  const { name, seed } = options
  const random = randomOf(`${seed} ${name}`)
  const numbers = new Map<string, number>()
  // Odd, five digits, and another one for each site and sequence: so no test passes because two sites happen to use the same ids.
  const base = (sequence: string): number => 10_001 + 2 * (hash(`${name} ${sequence}`) % 40_000)
  const stores = new Map<string, Store<Row>>()
  const state: SiteState = {
    name,
    cloudId: randomOf(`${seed} ${name} cloud`).uuid(),
    url: 'http://127.0.0.1',
    clock: options.clock,
    random,
    accounts: options.accounts({ random, name }),
    audit: options.audit(options.clock, base('audit')),
    families: options.families,
    pageSize: options.pageSize,
    recorded: new Map(),
    settings: { subTasksEnabled: true, paid: true, apps: new Set() },
    get tasks() {
      return tasks
    },
    store<T extends Row>(family: Family<T> | string): Store<T> {
      const key = typeof family === 'string' ? family : family.name
      const found = stores.get(key)
      if (found === undefined) throw new Error(`The simulated site ${name} has no family ${key}.`)
      return found as unknown as Store<T>
    },
    has: (family) => stores.has(family),
    nextNumber(sequence) {
      const next = numbers.get(sequence) ?? base(sequence)
      numbers.set(sequence, next + 1)
      return next
    },
  }
  const tasks = options.tasks(state)
  for (const family of options.families) stores.set(family.name, newStore(family, state))
  return state
}

function newStore<T extends Row>(family: Family<T>, state: SiteState): Store<T> {
  const rows = new Map<string, T>()
  const keys = new Map<string, (row: T) => string | undefined>(Object.entries(family.indexes ?? {}))
  for (const [place, unique] of (family.unique ?? []).entries()) keys.set(`unique ${place}`, (row) => unique.by(row)?.toLowerCase())
  const indexes = new Map<string, Map<string, T[]>>([...keys.keys()].map((index) => [index, new Map()]))
  let ordered: readonly T[] | undefined

  const enter = (row: T): void => {
    for (const [index, keyOf] of keys) {
      const key = keyOf(row)
      if (key === undefined) continue
      const byKey = indexes.get(index) as Map<string, T[]>
      const peers = byKey.get(key)
      if (peers === undefined) byKey.set(key, [row])
      else peers.push(row)
    }
  }
  const leave = (row: T): void => {
    for (const [index, keyOf] of keys) {
      const key = keyOf(row)
      if (key === undefined) continue
      const byKey = indexes.get(index) as Map<string, T[]>
      const rest = (byKey.get(key) ?? []).filter((peer) => peer !== row)
      if (rest.length === 0) byKey.delete(key)
      else byKey.set(key, rest)
    }
  }

  return {
    family,
    get size() {
      return rows.size
    },
    get: (id) => rows.get(id),
    all() {
      ordered ??= family.order === undefined ? [...rows.values()] : [...rows.values()].sort(family.order)
      return ordered
    },
    where(index, key) {
      const byKey = indexes.get(index)
      if (byKey === undefined) throw new Error(`The family ${family.name} has no index ${index}.`)
      return byKey.get(key) ?? []
    },
    clash(place, row) {
      const key = keys.get(`unique ${place}`)?.(row)
      if (key === undefined) return undefined
      return indexes
        .get(`unique ${place}`)
        ?.get(key)
        ?.find((peer) => peer.id !== row.id)
    },
    add(values) {
      const row = { ...values, id: values.id ?? nextId(family, state) } as unknown as T
      if (rows.has(row.id)) throw new Error(`The simulated site ${state.name} has a ${family.name} ${row.id} already.`)
      rows.set(row.id, row)
      enter(row)
      ordered = undefined
      return row
    },
    change(id, patch) {
      const before = rows.get(id)
      if (before === undefined) throw new Error(`The simulated site ${state.name} has no ${family.name} ${id}.`)
      const row = { ...before, ...patch, id }
      leave(before)
      rows.set(id, row)
      enter(row)
      ordered = undefined
      return row
    },
    remove(id) {
      const row = rows.get(id)
      if (row === undefined) return undefined
      rows.delete(id)
      leave(row)
      ordered = undefined
      return row
    },
  }
}

function nextId(family: AnyFamily, state: SiteState): string {
  if (family.ids.kind === 'uuid') return state.random.uuid()
  const number = String(state.nextNumber(family.sequence ?? family.name))
  return family.ids.kind === 'prefixed' ? `${family.ids.prefix}${number}` : number
}
