/** Leases as signed commits that a ref of ours points at. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { isRequestId } from '../model/request.ts'
import { leaseBranchOf, leaseRefOf } from './layout.ts'
import type { Lease, LeaseRecord, Leases } from './leases.ts'
import { isAlive, machineOf } from './machine.ts'
import type { CommitId, RefUpdate, Repository } from './repository.ts'

export interface LeaseTerms {
  /** How long a lease lives that is not renewed: 120 s. */
  readonly seconds?: number
  /** How long a write that was sent may still be carried out: the longest deadline of a request, 120 s. */
  readonly deadlineSeconds?: number
  /** How long whoever wants it waits for another holder: 10 minutes. */
  readonly patienceSeconds?: number
}

export interface LeaseSettings {
  readonly site: string
  readonly repository: Repository
  readonly trusted: readonly string[]
  readonly clock: Clock
  readonly signal?: AbortSignal
  readonly terms?: LeaseTerms
}

const leaseFile = 'lease.json'
const longestPollMs = 5000

/**
 * Leases on a site. Each is a signed commit that a ref of ours points at, moved by compare-and-swap. Whoever finds one takes it over only when it was not
 * renewed for its whole life, and the longest deadline of a request after that, by the finder's own clock; or at once when the holder was a process
 * of this very clone that is no longer alive, and after that deadline where it may have written to the site.
 */
export function leasesOf({ site, repository, trusted, clock, signal, terms = {} }: LeaseSettings): Leases {
  const { seconds = 120, deadlineSeconds = 120, patienceSeconds = 600 } = terms

  return {
    async acquire(purpose, waiting) {
      const { place, head: found } = await placeOf()
      const machine = await machineOf(repository.gitDir)
      const owner = randomBytes(8).toString('hex')
      const begun = clock.monotonic()
      let seen: { readonly commit: CommitId | undefined; readonly since: number } | undefined
      for (let head = found; ; head = await headAt(place.ref)) {
        signal?.throwIfAborted()
        if (seen === undefined || seen.commit !== head) seen = { commit: head, since: clock.monotonic() }
        const last = head === undefined ? undefined : await read(head)
        const idle = clock.monotonic() - seen.since
        const isDead = ({ machine: where, process: pid }: LeaseRecord) => where === machine && pid !== process.pid && !isAlive(pid)
        const free = last === undefined || !last.held || idle >= restOf(last, isDead(last)) * 1000
        if (free) {
          const record = { ...recordOf(purpose, owner, machine, (last?.counter ?? 0) + 1), ...(last?.open && { open: last.open }) }
          const lease = await take(place, head, record)
          if (lease !== undefined) return lease
          continue
        }
        if (clock.monotonic() - begun >= patienceSeconds * 1000) throw leased(site, last)
        waiting?.(last)
        waiting = undefined
        await clock.sleep(Math.min(longestPollMs, (seconds * 1000) / 9), signal)
      }
    },
  }

  interface LeasePlace {
    ref: string
  }

  /** How long, in seconds, a lease that is not renewed keeps others away. What a dead process sent before it died may still be carried out. */
  function restOf({ seconds: life, purpose: held }: LeaseRecord, dead: boolean): number {
    if (!dead) return life + deadlineSeconds
    return held === 'backup' || held === 'rebind' ? 0 : deadlineSeconds
  }

  /** The ref of our own, or the branch where the host wants none but branches: whichever is there. */
  async function placeOf(): Promise<{ readonly place: LeasePlace; readonly head: CommitId | undefined }> {
    const heads = await repository.mirror([leaseRefOf(site), leaseBranchOf(site)])
    const ref = heads.get(leaseBranchOf(site)) === undefined ? leaseRefOf(site) : leaseBranchOf(site)
    return { place: { ref }, head: heads.get(ref) }
  }

  async function headAt(ref: string): Promise<CommitId | undefined> {
    return (await repository.mirror([ref])).get(ref)
  }

  async function read(commit: CommitId): Promise<LeaseRecord> {
    await repository.verify(commit, trusted)
    const record = recordIn(await repository.read(commit, leaseFile))
    if (record?.site === site) return record
    throw new TidemarkError('REPOSITORY_LEASE', `The lease of "${site}" cannot be read by this version.`, {
      cure: 'Update Tidemark; or, when no run is under way anywhere, delete the lease at the remote.',
      data: { ref: leaseRefOf(site) },
    })
  }

  function recordOf(purpose: string, owner: string, machine: string, counter: number): LeaseRecord {
    return { format: 1, site, owner, machine, process: process.pid, purpose, counter, seconds, held: true }
  }

  async function commitOf(ref: string, record: LeaseRecord): Promise<CommitId> {
    const commit = await repository.prepare({
      branch: ref,
      // Leases have no history: each stands alone, and the ones before it are forgotten.
      parent: undefined,
      changes: [{ path: leaseFile, text: `${JSON.stringify(record, null, 2)}\n` }],
      message: `${site}: lease ${record.counter}, ${record.held ? record.purpose : 'free'}`,
      allowEmpty: true,
    })
    return commit as CommitId
  }

  async function take(place: LeasePlace, head: CommitId | undefined, record: LeaseRecord): Promise<Lease | undefined> {
    const began = clock.monotonic()
    const commit = await commitOf(place.ref, record)
    try {
      await publish([{ branch: place.ref, expected: head, commit }])
    } catch (error) {
      if (isCode(error, 'REPOSITORY_MOVED') || isCode(error, 'REPOSITORY_BRANCH_GONE')) return undefined
      if (head !== undefined || place.ref !== leaseRefOf(site) || !isCode(error, 'REPOSITORY_REMOTE_FAILED')) throw error
      // Some hosts take branches only.
      place.ref = leaseBranchOf(site)
      return take(place, undefined, record).catch(() => {
        throw error
      })
    }
    return held(place.ref, commit, record, began)
  }

  /** Where the remote has taken it, it counts, whatever happened here: another process of this clone may have brought it here already. */
  async function publish(updates: readonly RefUpdate[]): Promise<void> {
    try {
      await repository.publish(updates)
    } catch (error) {
      if (!isCode(error, 'REPOSITORY_LOCAL_BEHIND')) throw error
    }
  }

  function held(ref: string, taken: CommitId, record: LeaseRecord, began: number): Lease {
    let head = taken
    let now = record
    let renewed = began
    let over = false
    let turn: Promise<unknown> = Promise.resolve()
    const life = seconds * 1000
    // The heart beats by the machine's own time; whether it has beaten in time is judged by the clock.
    const heart = setInterval(() => void keep().catch(() => {}), life / 9).unref()

    const mayWrite = () => !over && clock.monotonic() - renewed <= life / 3

    /** One after another: two renewals at once would take the lease from each other. */
    function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
      const result = turn.then(work)
      turn = result.catch(() => {})
      return result
    }

    async function move(updates: readonly RefUpdate[], next: LeaseRecord): Promise<void> {
      if (over) throw lost(site)
      const start = clock.monotonic()
      const commit = await commitOf(ref, next)
      try {
        await publish([...updates, { branch: ref, expected: head, commit }])
      } catch (error) {
        const whose = error instanceof TidemarkError ? error.data['branch'] : undefined
        if (whose !== ref || !(isCode(error, 'REPOSITORY_MOVED') || isCode(error, 'REPOSITORY_BRANCH_GONE'))) throw error
        end()
        throw lost(site)
      }
      head = commit
      now = next
      renewed = start
      if (!next.held) end()
    }

    function end(): void {
      over = true
      clearInterval(heart)
    }

    function keep(): Promise<void> {
      return inTurn(async () => {
        if (over) throw lost(site)
        if (clock.monotonic() - renewed >= life / 9) await move([], { ...now, counter: now.counter + 1 })
      })
    }

    return {
      get open() {
        return now.open
      },
      mayWrite,
      check() {
        if (!mayWrite()) throw lost(site)
      },
      keep,
      publish: (updates, { ends = false, open } = {}) =>
        inTurn(() => {
          const { open: before, ...rest } = now
          const still = open === undefined ? before : (open ?? undefined)
          return move(updates, { ...rest, counter: now.counter + 1, held: !ends, ...(still === undefined ? {} : { open: still }) })
        }),
      async release() {
        await inTurn(async () => {
          if (!over) await move([], { ...now, counter: now.counter + 1, held: false })
        }).catch(() => {})
        end()
      },
    }
  }
}

function recordIn(text: string | undefined): LeaseRecord | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (typeof value !== 'object' || value === null) return undefined
    const { format, site, owner, machine, process: pid, purpose, counter, seconds, held, open } = value as Partial<LeaseRecord>
    const texts = [site, owner, machine, purpose].every((each) => typeof each === 'string')
    const numbers = [pid, counter, seconds].every((each) => Number.isSafeInteger(each) && (each as number) >= 0)
    const known = format === 1 && texts && numbers && (seconds as number) <= 3600 && typeof held === 'boolean'
    return known && (open === undefined || isRequestId(open)) ? (value as LeaseRecord) : undefined
  } catch {
    return undefined
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof TidemarkError && error.code === code
}

function leased(site: string, { purpose, machine }: LeaseRecord): TidemarkError {
  return new TidemarkError('REPOSITORY_LEASED', `Another run holds "${site}": ${printable(purpose, 100)}.`, {
    cure: 'Wait until it has ended and run again. A run that was killed lets go by itself within minutes.',
    data: { purpose: printable(purpose, 100), machine },
  })
}

function lost(site: string): TidemarkError {
  return new TidemarkError('REPOSITORY_LEASE_LOST', `This run no longer holds "${site}", so it sends nothing more that writes.`, {
    cure: 'Another run took over, or the repository could not be reached in time. See what was done, then resume or run again.',
  })
}
