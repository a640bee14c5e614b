import { type Address, typeOf } from '../model/address.ts'
import type { Context } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { draftOf, equalJson, type Json } from '../model/json.ts'
import { drop, edit, type Path } from '../model/path.ts'
import type { Journal, MovesSaid, Outcome, Plan, Step, StepEvent } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, Created, ResourceType } from '../model/resource-type.ts'
import { differences, merge } from './merge.ts'
import { queueOf } from './queue.ts'
import { withoutPlaces } from './references.ts'

/** A connected site as the engine sees it: in symbols. Implementations translate, call, and bind what was made. */
export interface World {
  /**
   * What the site holds at this address now; undefined when nothing. `like` is what an earlier process was about to write there: parts that it made and
   * could not bind any more are known by what they have in common.
   */
  read(address: Address, like?: Resource): Promise<Resource | undefined>
  /** `born` is waited for as soon as the object exists, where more calls follow. */
  create(resource: Resource, without: readonly Path[], born: (made: Created) => Promise<void>): Promise<Created>
  /** Answers what it made, where new parts got ids. `moves`: where work items go, as the plan says it. */
  update(resource: Resource, live: Resource, without: readonly Path[], moves?: MovesSaid): Promise<Created | undefined>
  revive(address: Address): Promise<void>
  remove(address: Address): Promise<void>
}

export interface ApplyOptions {
  readonly digest: (resource: Resource) => string
  readonly catalogue: Catalogue
  /** Steps under way at once: 16, as many as requests may be. */
  readonly concurrency?: number
  /** Asked before every write; throws where it must not be made (any more). */
  readonly allow?: () => Promise<void> | void
  /** Steps that an earlier process meant to write, and may have written in part. */
  readonly intended?: ReadonlySet<string>
  /**
   * Looks for what a create has made although it ended in an error: Jira may have done what its answer denies, or what no answer came of. What is found
   * is bound. Throws where that cannot be told.
   */
  readonly found?: (step: Step, error: unknown) => Promise<Created | undefined>
  /** What the site held before the first write of the plan: what such a step did not get to still stands as it stood there. */
  readonly before?: Snapshot
}

/**
 * Carries out a plan, and nothing but the plan. Each step reads the object again first: equal to `becomes`, it is done already; unequal to
 * `expects`, it fails unwritten. What was written is read back and compared. A failure stops its dependants only. The answer says how many steps
 * came to which end; events are told as they happen.
 */
export async function* apply(
  plan: Pick<Plan, 'steps'>,
  documents: Snapshot,
  world: World,
  journal: Journal,
  context: Context,
  options: ApplyOptions,
): AsyncGenerator<StepEvent, Outcome> {
  const outcome = { done: 0, failed: 0, skipped: 0, manual: 0 }
  const most = options.concurrency ?? 16
  const queue = queueOf(plan.steps)
  const intended = new Set(options.intended)
  const ahead = digestsAhead(plan.steps)
  const running = new Map<string, Promise<StepEvent>>()
  const creating = new Set<Promise<unknown>>()
  let looking: Promise<unknown> = Promise.resolve()
  const now = () => context.clock.now()
  let broken: { readonly error: unknown } | undefined
  try {
    for (;;) {
      const step = context.signal.aborted || running.size >= most ? undefined : queue.next()
      if (step?.verb === 'manual') {
        outcome.manual += 1
        queue.done(step)
        yield await recorded({ at: now(), step, what: 'left-to-you', finding: leftToYou(step) })
      } else if (step !== undefined) {
        yield await recorded({ at: now(), step, what: 'started' })
        running.set(step.id, carryOut(step))
      } else if (running.size > 0) {
        const event = await Promise.race(running.values())
        running.delete(event.step.id)
        if (broken !== undefined) throw broken.error
        outcome[event.what === 'done' ? 'done' : 'failed'] += 1
        if (event.what === 'done') queue.done(event.step)
        yield await recorded(event)
        if (event.what !== 'done') for (const { step, blocker } of queue.block(event.step)) yield await skip(step, blocked(blocker))
      } else {
        break
      }
    }
    for (const step of queue.rest())
      yield await skip(step, context.signal.aborted ? 'the run was stopped' : 'the plan lacks what it waits for')
    return outcome
  } finally {
    // Whoever leaves early, or cannot keep the journal, finds nothing still writing.
    for (const event of await Promise.all(running.values())) if (broken === undefined) await journal.record(event)
  }

  async function skip(step: Step, why: string): Promise<StepEvent> {
    outcome.skipped += 1
    return recorded({ at: now(), step, what: 'skipped', finding: skipped(step, why) })
  }

  async function recorded(event: StepEvent): Promise<StepEvent> {
    await journal.record(event)
    return event
  }

  /** Without a journal nothing may be written: what goes wrong with it ends the run, not a step. */
  async function kept(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      broken ??= { error }
      throw error
    }
  }

  async function carryOut(step: Step): Promise<StepEvent> {
    try {
      const { finding, made } = await (step.verb === 'create' ? create(step) : write(step))
      const known = made === undefined ? {} : { made }
      if (finding !== undefined) return { at: now(), step, what: 'failed', finding, ...known }
      return { at: now(), step, what: 'done', ...known }
    } catch (error) {
      return { at: now(), step, what: 'failed', finding: findingOf(error, step) }
    }
  }

  /** Goes on with what was made although it ended in an error. */
  async function create(step: Step): ReturnType<typeof write> {
    const attempt = write(step)
    creating.add(attempt)
    try {
      return await attempt
    } catch (error) {
      const made = context.signal.aborted || broken !== undefined ? undefined : await lookedFor(step, error)
      if (made === undefined) throw error
      await kept(() => journal.record({ at: now(), step, what: 'made', made }))
      intended.add(step.id)
      const more = await write(step)
      return { ...more, made: more.made ?? made }
    } finally {
      creating.delete(attempt)
    }
  }

  /** One after another, and when those under way are bound: what they make may be equal, and must not be taken for this one. */
  async function lookedFor(step: Step, error: unknown): Promise<Created | undefined> {
    await Promise.allSettled(creating)
    const turn = looking.then(() => options.found?.(step, error))
    looking = turn.catch(() => {})
    return turn
  }

  async function write(step: Step): Promise<{ readonly finding?: Finding | undefined; readonly made?: Created | undefined }> {
    const document = documents.get(step.address)
    const live = await world.read(step.address, intended.has(step.id) ? document : undefined)
    const digest = live === undefined ? undefined : options.digest(live)
    if (digest === step.becomes || (digest !== undefined && ahead.get(step.id)?.has(digest))) return {}
    if (digest !== step.expects && !mayBeThere(step) && !isHalfDone(step, live, document)) return { finding: moved(step) }
    if (step.verb !== 'delete') {
      const type = options.catalogue.type(typeOf(step.address))
      if (document === undefined || type === undefined)
        throw new TidemarkError('APPLY_NO_DOCUMENT', `${step.address}: the plan names it, its document is missing.`)
      if (options.digest(withoutPlaces(document, type, step.without ?? [])) !== step.becomes) return { finding: another(step) }
    }
    await options.allow?.()
    await kept(() => journal.intend([step]))
    const made = await carry(step, live, document)
    return { finding: await readBack(step, document), made }
  }

  /** What lay in the trash may be there again: with its parent, or since an earlier process brought it back. */
  function mayBeThere({ id, verb, after }: Step): boolean {
    return verb === 'revive' && (intended.has(id) || after.some((other) => other.startsWith('revive:')))
  }

  /**
   * Whether what stands there is what an earlier process left when it was cut off between two calls: of a new object, all but what is written last; of
   * another, each property as it was or as it shall be. Whatever anybody else did makes it something else.
   */
  function isHalfDone(step: Step, live: Resource | undefined, document: Resource | undefined): boolean {
    const type = options.catalogue.type(typeOf(step.address))
    if (!intended.has(step.id) || live === undefined || document === undefined || type === undefined) return false
    const wanted = withoutPlaces(document, type, step.without ?? [])
    if (step.verb === 'create') return isBorn(live, wanted, type)
    const before = options.before?.get(step.address)
    if (before === undefined || options.digest(before) !== step.expects) return false
    const { result, collisions } = merge(before.spec, live.spec, wanted.spec, type, () => true)
    return collisions.length === 0 && equalJson(result, wanted.spec)
  }

  async function carry(step: Step, live: Resource | undefined, document: Resource | undefined): Promise<Created | undefined> {
    const without = step.without ?? []
    if (step.verb === 'delete') await world.remove(step.address)
    if (document === undefined) return undefined
    if (step.verb === 'revive') {
      if (live === undefined) await world.revive(step.address)
      // It comes back as it went; what else is wanted of it follows at once.
      const back = await world.read(step.address)
      return back === undefined || options.digest(back) === step.becomes ? undefined : world.update(document, back, without)
    }
    if (live !== undefined) return world.update(document, live, without, step.moves)
    return world.create(document, without, (made) => kept(() => journal.record({ at: now(), step, what: 'made', made })))
  }

  async function readBack(step: Step, document: Resource | undefined): Promise<Finding | undefined> {
    let after: Resource | undefined
    for (const pause of [0, ...readBackPauses]) {
      if (pause > 0) await context.clock.sleep(pause, context.signal).catch(() => {})
      after = await world.read(step.address)
      const digest = after === undefined ? undefined : options.digest(after)
      if (digest === step.becomes) return undefined
      if (context.signal.aborted) break
    }
    const type = options.catalogue.type(typeOf(step.address))
    const expected = document === undefined || type === undefined ? undefined : withoutPlaces(document, type, step.without ?? [])
    const paths = type === undefined ? [] : differences(after?.spec, expected?.spec, type).map(({ at }) => at)
    return {
      level: 'error',
      code: 'APPLY_READ_BACK',
      message: `${step.address} was written, but the site answers something else at ${paths.join(', ') || 'its root'}.`,
      address: step.address,
      cure: 'Look at the object in Jira; plan again to see what is left to do.',
    }
  }
}

/** What was written may show late: only what is still otherwise after these milliseconds was not taken as it was sent. */
const readBackPauses = [500, 1000, 2000, 4000]

/** Whether an object may be one that was to become `wanted` and was cut off after its birth: what is not written later is equal. */
export function isBorn(object: Resource, wanted: Resource, type: ResourceType): boolean {
  const first = ({ spec }: Resource) => (type.later ?? []).reduce((rest, path) => edit(rest, path, () => drop), draftOf(spec)) as Json
  return equalJson(first(object), first(wanted))
}

/** What later steps on the same object make of it: a step whose successor was carried out already is done too. */
function digestsAhead(steps: readonly Step[]): ReadonlyMap<string, ReadonlySet<string>> {
  const addresses = new Map(steps.map(({ id, address }) => [id, address]))
  const ahead = new Map<string, Set<string>>()
  for (const { address, after, becomes } of steps) {
    if (becomes === undefined) continue
    for (const id of after) if (addresses.get(id) === address) ahead.set(id, (ahead.get(id) ?? new Set()).add(becomes))
  }
  return ahead
}

function blocked({ address }: Step): string {
  return `it waits for ${address}, which was not done`
}

function skipped(step: Step, why: string): Finding {
  return { level: 'warning', code: 'APPLY_SKIPPED', message: `${step.address} was left as it is: ${why}.`, address: step.address }
}

function leftToYou(step: Step): Finding {
  return { level: 'warning', code: 'APPLY_MANUAL', message: `${step.address}: ${step.why ?? 'no API can do this.'}`, address: step.address }
}

function moved(step: Step): Finding {
  return {
    level: 'error',
    code: 'APPLY_MOVED',
    message: `${step.address} changed on the site after the plan was made; it was not written.`,
    address: step.address,
    cure: 'Plan again and look at what changed.',
  }
}

function another(step: Step): Finding {
  return {
    level: 'error',
    code: 'APPLY_ANOTHER_DOCUMENT',
    message: `${step.address}: what would be written now is not what the plan was approved for; it was not written.`,
    address: step.address,
    cure: 'Something the document is made from has changed. Plan again and look at what changed.',
  }
}

function findingOf(error: unknown, step: Step): Finding {
  const known = error instanceof TidemarkError
  return {
    level: 'error',
    code: known ? error.code : 'APPLY_FAILED',
    message: `${step.address}: ${known ? error.message : 'the step failed for a reason this program does not know.'}`,
    address: step.address,
    ...(known && Array.isArray(error.data['messages']) ? { said: error.data['messages'].map(String) } : {}),
    ...(known && error.cure !== undefined ? { cure: error.cure } : {}),
  }
}
