import { type Address, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Json } from '../model/json.ts'
import type { Step } from '../model/plan.ts'
import type { Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { queueOf } from './queue.ts'

/** What must be added to a plan so that nobody is locked out between two of its steps, and what cannot be helped. */
export interface Kept {
  /** Ids of more steps to wait for, by the id of the step that waits. */
  readonly waits: ReadonlyMap<string, readonly string[]>
  readonly findings: readonly Finding[]
}

/** An object that must stay open, as far as the walk through the plan has come. */
interface Guarded {
  readonly address: Address
  /** Undefined: it does not exist yet, or no more. */
  open: boolean | undefined
  /** The last step that concerned it. */
  last?: string
}

/**
 * Finds an order in which no step leaves an object, of a type that says `keepsOpen`, without anybody who may administer it; not even between two
 * calls, nor when what waits is skipped because something else failed. Steps that concern the same such object are put one behind the other, those
 * that let somebody in before those that turn somebody out. `becomes` tells what stands at a step's address after it; undefined: nothing. What was
 * locked before is not judged; what a plan makes must be open in the end. Where there is no such order, the finding is of level error.
 */
export function keptOpen(steps: readonly Step[], live: Snapshot, catalogue: Catalogue, becomes: (step: Step) => Json | undefined): Kept {
  const waits = new Map<string, Set<string>>()
  const findings: Finding[] = []
  if (!catalogue.types.some(({ keepsOpen }) => keepsOpen !== undefined)) return answer()

  // Only what the plan changes differs from the live site.
  const now = new Map<Address, Json | undefined>()
  const specAt = (address: Address) => (now.has(address) ? now.get(address) : live.get(address)?.spec)
  const watchers = new Map<Address, Set<Guarded>>()
  const lastAt = new Map<Address, string>()
  const guarded = new Map<Address, Guarded>()
  for (const address of [...live.keys(), ...steps.map((step) => step.address)]) {
    if (guarded.has(address) || catalogue.type(typeOf(address))?.keepsOpen === undefined) continue
    const one: Guarded = { address, open: undefined }
    guarded.set(address, one)
    const { open, seen } = judged(one)
    one.open = open
    for (const looked of seen) watch(one, looked)
  }

  const queue = queueOf(steps)
  const held: Step[] = []
  for (;;) {
    const step = queue.next()
    if (step !== undefined) {
      if (!take(step, false)) held.push(step)
      continue
    }
    const helped = held.findIndex((one) => take(one, false))
    if (helped >= 0) {
      held.splice(helped, 1)
      continue
    }
    // No order helps any more. The first of them is to blame, and the walk goes on, so that everything is told at once.
    const blamed = held.shift()
    if (blamed === undefined) break
    take(blamed, true)
  }
  for (const one of guarded.values()) if (one.open === false && !live.has(one.address)) findings.push(closedFromTheStart(one.address))
  return answer()

  /** Carries a step out in thought, unless that would lock somebody out and `anyway` is not set. Answers whether it was carried out. */
  function take(step: Step, anyway: boolean): boolean {
    if (step.verb === 'manual') {
      queue.done(step)
      return true
    }
    const { address } = step
    const [had, before] = [now.has(address), now.get(address)]
    now.set(address, becomes(step))
    const concerned = [...(watchers.get(address) ?? [])].map((one) => ({ one, ...judged(one) }))
    const closed = concerned.filter(({ one, open }) => one.open === true && open === false)
    if (closed.length > 0 && !anyway) {
      if (had) now.set(address, before)
      else now.delete(address)
      return false
    }
    for (const { one } of closed) findings.push(lockedOut(one.address, step))
    for (const { one, open, seen } of concerned) {
      one.open = open
      if (one.last !== undefined) wait(step, one.last)
      one.last = step.id
      for (const looked of seen) {
        const earlier = lastAt.get(looked)
        if (watch(one, looked) && earlier !== undefined) wait(step, earlier)
      }
    }
    lastAt.set(address, step.id)
    queue.done(step)
    return true
  }

  /** Whether an object is open as things stand, and all that the answer rests on. */
  function judged({ address }: Guarded): { readonly open: boolean | undefined; readonly seen: ReadonlySet<Address> } {
    const seen = new Set([address])
    const spec = specAt(address)
    const look = (other: Address) => {
      seen.add(other)
      return specAt(other)
    }
    return { open: spec === undefined ? undefined : catalogue.type(typeOf(address))?.keepsOpen?.(spec, look), seen }
  }

  /** Answers whether this is news. */
  function watch(one: Guarded, looked: Address): boolean {
    const own = watchers.get(looked) ?? new Set<Guarded>()
    watchers.set(looked, own)
    return own.size < own.add(one).size
  }

  function wait({ id, after }: Step, earlier: string): void {
    if (id === earlier || after.includes(earlier)) return
    waits.set(id, (waits.get(id) ?? new Set()).add(earlier))
  }

  function answer(): Kept {
    return { waits: new Map([...waits].map(([id, earlier]) => [id, [...earlier]])), findings }
  }
}

function lockedOut(address: Address, { verb, address: by }: Step): Finding {
  return {
    level: 'error',
    code: 'PLAN_LOCKED_OUT',
    message: `${verb === 'delete' ? 'Deleting' : 'Changing'} ${by} would leave ${address} without anybody who may administer it.`,
    address,
    cure: `Bring back or map who let people in there (users and groups of the request), or leave it out: choices: { "${by}": skip }.`,
  }
}

function closedFromTheStart(address: Address): Finding {
  return {
    level: 'error',
    code: 'PLAN_LOCKED_OUT',
    message: `${address} would be made without anybody who may administer it.`,
    address,
    cure: `Bring along or map who shall administer it (users and groups of the request), or leave it out: choices: { "${address}": skip }.`,
  }
}
