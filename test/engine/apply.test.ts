import { describe, expect, it } from 'vitest'
import { apply, type World } from '../../src/engine/apply.ts'
import type { Address } from '../../src/model/address.ts'
import { TidemarkError } from '../../src/model/errors.ts'
import type { Json } from '../../src/model/json.ts'
import type { Outcome, Step, StepEvent } from '../../src/model/plan.ts'
import type { Resource, Snapshot } from '../../src/model/resource.ts'
import { aSnapshot, digest } from './builder.ts'
import { garden } from './garden.ts'
import { aContext, aJournal } from './world.ts'

const resource = (address: string, spec: Json): Resource => ({ address: address as Address, spec })

/** A step that makes `now` (undefined: nothing) into `then`. */
function step(address: string, now: Json | undefined, then: Json | undefined, more: Partial<Step> = {}): Step {
  const verb = now === undefined ? 'create' : then === undefined ? 'delete' : 'update'
  return {
    id: `${verb}:${address}`,
    verb,
    address: address as Address,
    paths: [],
    after: [],
    ...(now === undefined ? {} : { expects: digest(resource(address, now)) }),
    ...(then === undefined ? {} : { becomes: digest(resource(address, then)) }),
    ...more,
  }
}

interface PlainWorld extends World {
  readonly specs: Map<string, Json>
  readonly writes: string[]
  most: number
}

/** A site that holds documents as they are written; `mend` may tamper with a write, or throw. */
function aWorld(specs: Readonly<Record<string, Json>> = {}, mend: (resource: Resource) => Json = ({ spec }) => spec): PlainWorld {
  let under = 0
  const world: PlainWorld = {
    specs: new Map(Object.entries(specs)),
    writes: [],
    most: 0,
    read: async (address) => (world.specs.has(address) ? resource(address, world.specs.get(address) as Json) : undefined),
    create: async (made) => {
      await put('create', made)
      return { id: '1' }
    },
    update: async (made) => {
      await put('update', made)
      return undefined
    },
    revive: async (address) => put('revive', resource(address, { revived: true })),
    remove: async (address) => {
      world.writes.push(`remove ${address}`)
      world.specs.delete(address)
    },
  }
  return world

  async function put(verb: string, made: Resource): Promise<void> {
    under += 1
    world.most = Math.max(world.most, under)
    await new Promise((resolve) => setImmediate(resolve))
    under -= 1
    const spec = mend(made)
    world.writes.push(`${verb} ${made.address}`)
    world.specs.set(made.address, spec)
  }
}

async function run(
  steps: readonly Step[],
  documents: Snapshot,
  world: World,
  more: { journal?: ReturnType<typeof aJournal>; signal?: AbortSignal; concurrency?: number; seen?: (event: StepEvent) => void } = {},
): Promise<{ outcome: Outcome; events: StepEvent[] }> {
  const events: StepEvent[] = []
  const concurrency = more.concurrency === undefined ? {} : { concurrency: more.concurrency }
  const running = apply({ steps }, documents, world, more.journal ?? aJournal(), aContext(more.signal), {
    digest,
    catalogue: garden,
    ...concurrency,
  })
  for (;;) {
    const next = await running.next()
    if (next.done) return { outcome: next.value, events }
    events.push(next.value)
    more.seen?.(next.value)
  }
}

const told = (events: readonly StepEvent[]) => events.map(({ what, step }) => `${what} ${step.address}`)
const codes = (events: readonly StepEvent[]) => events.flatMap((event) => ('finding' in event ? [event.finding.code] : []))

describe('apply', () => {
  it('creates, updates, revives and deletes, in the order of the plan', async () => {
    const world = aWorld({ 'garden/bed/b': { x: 1 }, 'garden/bed/c': {} })
    const steps = [
      step('garden/bed/a', undefined, { y: 1 }),
      step('garden/bed/b', { x: 1 }, { x: 2 }, { after: ['create:garden/bed/a'] }),
      step('garden/bed/c', {}, undefined, { after: ['update:garden/bed/b'] }),
      step('garden/bed/d', undefined, { revived: true }, { verb: 'revive', after: ['delete:garden/bed/c'] }),
    ]

    const { outcome, events } = await run(
      steps,
      aSnapshot({ 'garden/bed/a': { y: 1 }, 'garden/bed/b': { x: 2 }, 'garden/bed/d': { revived: true } }),
      world,
    )

    expect(outcome).toEqual({ done: 4, failed: 0, skipped: 0, manual: 0 })
    expect(world.writes).toEqual(['create garden/bed/a', 'update garden/bed/b', 'remove garden/bed/c', 'revive garden/bed/d'])
    expect(told(events).filter((line) => line.startsWith('done'))).toHaveLength(4)
  })

  it('brings what comes back from the trash to what is wanted', async () => {
    const world = aWorld()
    const steps = [step('garden/bed/d', undefined, { revived: true, more: 1 }, { verb: 'revive' })]

    const { outcome } = await run(steps, aSnapshot({ 'garden/bed/d': { revived: true, more: 1 } }), world)

    expect(outcome).toMatchObject({ done: 1, failed: 0 })
    expect(world.writes).toEqual(['revive garden/bed/d', 'update garden/bed/d'])
  })

  it('writes no document that is not the approved one', async () => {
    const world = aWorld({ 'garden/bed/a': { x: 1 } })

    const { outcome, events } = await run([step('garden/bed/a', { x: 1 }, { x: 2 })], aSnapshot({ 'garden/bed/a': { x: 3 } }), world)

    expect(outcome).toMatchObject({ done: 0, failed: 1 })
    expect(codes(events)).toEqual(['APPLY_ANOTHER_DOCUMENT'])
    expect(world.writes).toEqual([])
  })

  it('leaves a document unwritten that moved after the plan was made', async () => {
    const world = aWorld({ 'garden/bed/a': { x: 'moved' }, 'garden/bed/b': { was: 'not there' }, 'garden/bed/c': { x: 'moved' } })
    const steps = [
      step('garden/bed/a', { x: 1 }, { x: 2 }),
      step('garden/bed/b', undefined, { x: 2 }),
      step('garden/bed/c', { x: 1 }, undefined),
      step('garden/bed/d', { x: 1 }, { x: 2 }),
    ]

    const { outcome, events } = await run(
      steps,
      aSnapshot({ 'garden/bed/a': { x: 2 }, 'garden/bed/b': { x: 2 }, 'garden/bed/d': { x: 2 } }),
      world,
    )

    expect(world.writes).toEqual([])
    expect(outcome).toEqual({ done: 0, failed: 4, skipped: 0, manual: 0 })
    expect(codes(events)).toEqual(Array.from({ length: 4 }, () => 'APPLY_MOVED'))
  })

  it('skips the dependants of a failure, and only those', async () => {
    const world = aWorld({}, ({ address, spec }) => {
      if (address === 'garden/bed/a') throw new TidemarkError('PRODUCT_REFUSED', 'The site said no.', { cure: 'Ask it nicely.' })
      return spec
    })
    const steps = [
      step('garden/bed/a', undefined, {}),
      step('garden/bed/b', undefined, {}, { after: ['create:garden/bed/a'] }),
      step('garden/bed/c', undefined, {}, { after: ['create:garden/bed/b'] }),
      step('garden/bed/d', undefined, {}),
    ]

    const { outcome, events } = await run(steps, aSnapshot(Object.fromEntries(steps.map(({ address }) => [address, {}]))), world)

    expect(outcome).toEqual({ done: 1, failed: 1, skipped: 2, manual: 0 })
    expect(world.writes).toEqual(['create garden/bed/d'])
    const failure = events.find(({ what }) => what === 'failed')
    expect(failure).toMatchObject({
      finding: { code: 'PRODUCT_REFUSED', message: 'garden/bed/a: The site said no.', cure: 'Ask it nicely.' },
    })
    expect(codes(events).filter((code) => code === 'APPLY_SKIPPED')).toHaveLength(2)
  })

  it('says nothing of an unknown error that could hold a secret', async () => {
    const world = aWorld({}, () => {
      throw new Error('token=s3cret')
    })

    const { events } = await run([step('garden/bed/a', undefined, {})], aSnapshot({ 'garden/bed/a': {} }), world)

    expect(codes(events)).toEqual(['APPLY_FAILED'])
    expect(JSON.stringify(events)).not.toContain('s3cret')
  })

  it('takes what is as it shall become for done, without a write and without an intent', async () => {
    const world = aWorld({ 'garden/bed/a': { x: 2 }, 'garden/bed/b': { x: 2 } })
    const journal = aJournal()
    const steps = [
      step('garden/bed/a', undefined, { x: 2 }),
      step('garden/bed/b', { x: 1 }, { x: 2 }),
      step('garden/bed/c', { x: 1 }, undefined),
    ]

    const { outcome } = await run(steps, aSnapshot({ 'garden/bed/a': { x: 2 }, 'garden/bed/b': { x: 2 } }), world, { journal })

    expect(outcome.done).toBe(3)
    expect(world.writes).toEqual([])
    expect(journal.lines.filter((line) => line.startsWith('intend'))).toEqual([])
  })

  it('took the first half of a split step for moved once its second half was done', async () => {
    const world = aWorld({ 'garden/bed/a': { x: 1, late: 2 } })
    const first = step('garden/bed/a', undefined, { x: 1 }, { without: ['/late'] })
    const second = step('garden/bed/a', { x: 1 }, { x: 1, late: 2 }, { id: 'complete:garden/bed/a', after: [first.id] })
    const other = step('garden/bed/b', undefined, {}, { after: [first.id] })

    const { outcome } = await run([first, second, other], aSnapshot({ 'garden/bed/a': { x: 1, late: 2 }, 'garden/bed/b': {} }), world)

    expect(outcome).toEqual({ done: 3, failed: 0, skipped: 0, manual: 0 })
    expect(world.writes).toEqual(['create garden/bed/b'])
  })

  it('fails a step after which the site answers something else, and says where', async () => {
    const world = aWorld({}, ({ spec }) => ({ ...(spec as object), extra: 's3cret', name: 'Other' }))

    const { outcome, events } = await run(
      [step('garden/bed/a', undefined, { name: 'A' })],
      aSnapshot({ 'garden/bed/a': { name: 'A' } }),
      world,
    )

    expect(outcome.failed).toBe(1)
    const [failure] = events.filter(({ what }) => what === 'failed')
    expect(failure).toMatchObject({ finding: { code: 'APPLY_READ_BACK', message: expect.stringContaining('/extra, /name') } })
    expect(JSON.stringify(failure)).not.toContain('s3cret')
  })

  it('fails a deletion after which the object is still there', async () => {
    const world = { ...aWorld({ 'garden/bed/a': {} }), remove: async () => {} }

    const { events } = await run([step('garden/bed/a', {}, undefined)], new Map(), world)

    expect(codes(events)).toEqual(['APPLY_READ_BACK'])
  })

  it('fails a step whose document is missing, unwritten', async () => {
    const world = aWorld()

    const { events } = await run([step('garden/bed/a', undefined, {})], new Map(), world)

    expect(codes(events)).toEqual(['APPLY_NO_DOCUMENT'])
    expect(world.writes).toEqual([])
  })

  it('leaves manual steps to people and goes on', async () => {
    const manual: Step = { id: 'manual:garden/fence/a', verb: 'manual', address: 'garden/fence/a', paths: [], after: [], why: 'Build it.' }

    const { outcome, events } = await run(
      [manual, step('garden/bed/a', undefined, {}, { after: [manual.id] })],
      aSnapshot({ 'garden/bed/a': {} }),
      aWorld(),
    )

    expect(outcome).toEqual({ done: 1, failed: 0, skipped: 0, manual: 1 })
    expect(told(events)[0]).toBe('left-to-you garden/fence/a')
  })

  it('stops at an abort: what runs is finished, the rest skipped', async () => {
    const stop = new AbortController()
    const world = aWorld()
    const steps = ['a', 'b', 'c'].map((name) => step(`garden/bed/${name}`, undefined, {}))

    const { outcome } = await run(steps, aSnapshot({ 'garden/bed/a': {}, 'garden/bed/b': {}, 'garden/bed/c': {} }), world, {
      signal: stop.signal,
      concurrency: 1,
      seen: ({ what }) => what === 'done' && stop.abort(),
    })

    expect(outcome).toEqual({ done: 1, failed: 0, skipped: 2, manual: 0 })
    expect(world.writes).toEqual(['create garden/bed/a'])
  })

  it('makes each intent durable before its write, and each result after', async () => {
    const journal = aJournal()
    const world = aWorld({}, ({ address, spec }) => {
      journal.lines.push(`write create:${address}`)
      return spec
    })
    const steps = ['a', 'b', 'c'].map((name) => step(`garden/bed/${name}`, undefined, {}))

    await run(steps, aSnapshot({ 'garden/bed/a': {}, 'garden/bed/b': {}, 'garden/bed/c': {} }), world, { journal, concurrency: 3 })

    for (const { id } of steps) {
      expect(journal.lines.filter((line) => line.endsWith(id))).toEqual([`started ${id}`, `intend ${id}`, `write ${id}`, `done ${id}`])
    }
  })

  it('writes nothing and ends when the intent cannot be kept', async () => {
    const world = aWorld()
    const journal = { ...aJournal(), intend: () => Promise.reject(new TidemarkError('APPLY_FAILED', 'The disk is full.')) }

    await expect(
      run(
        [step('garden/bed/a', undefined, {}), step('garden/bed/b', undefined, {})],
        aSnapshot({ 'garden/bed/a': {}, 'garden/bed/b': {} }),
        world,
        { journal },
      ),
    ).rejects.toThrow('The disk is full.')
    expect(world.writes).toEqual([])
  })

  it('ends when it cannot be kept that something was made', async () => {
    const specs = { 'garden/bed/a': {} }
    const world = aWorld()
    const create: World['create'] = async (resource, without, born) => {
      await born({ id: '1' })
      return world.create(resource, without, born)
    }
    const journal = {
      ...aJournal(),
      record: async ({ what }: StepEvent) => {
        if (what === 'made') throw new TidemarkError('APPLY_FAILED', 'The disk is full.')
      },
    }

    await expect(run([step('garden/bed/a', undefined, {})], aSnapshot(specs), { ...world, create }, { journal })).rejects.toThrow(
      'The disk is full.',
    )
  })

  it('works on several steps at once, never on more than it may', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `garden/bed/b${index}`)
    const world = aWorld()

    const { outcome } = await run(
      names.map((name) => step(name, undefined, {})),
      aSnapshot(Object.fromEntries(names.map((name) => [name, {}]))),
      world,
      { concurrency: 4 },
    )

    expect(outcome.done).toBe(20)
    expect(world.most).toBe(4)
  })

  it('waited for ever for a step that the plan does not hold', async () => {
    const steps = [
      step('garden/bed/a', undefined, {}, { after: ['create:garden/bed/nowhere'] }),
      step('garden/bed/b', undefined, {}, { after: ['create:garden/bed/c'] }),
      step('garden/bed/c', undefined, {}, { after: ['create:garden/bed/b'] }),
    ]
    const world = aWorld()

    const { outcome, events } = await run(steps, new Map(), world)

    expect(outcome).toEqual({ done: 0, failed: 0, skipped: 3, manual: 0 })
    expect(codes(events)).toEqual(['APPLY_SKIPPED', 'APPLY_SKIPPED', 'APPLY_SKIPPED'])
  })

  it('went on writing behind the back of a caller who left', async () => {
    const world = aWorld()
    const steps = ['a', 'b'].map((name) => step(`garden/bed/${name}`, undefined, {}))
    const running = apply({ steps }, aSnapshot({ 'garden/bed/a': {}, 'garden/bed/b': {} }), world, aJournal(), aContext(), {
      digest,
      catalogue: garden,
    })

    await running.next()
    await running.next()
    await running.return({ done: 0, failed: 0, skipped: 0, manual: 0 })
    const written = [...world.writes]
    await new Promise((resolve) => setTimeout(resolve, 20))

    expect(world.writes).toEqual(written)
    expect(written).toEqual(['create garden/bed/a'])
  })

  it('stays linear for a plan of 5,000 steps', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `garden/bed/b${index}`)
    const specs = Object.fromEntries(names.map((name) => [name, {}]))
    const steps = names.map((name, index) => step(name, undefined, {}, index === 0 ? {} : { after: [`create:${names[index - 1]}`] }))

    expect((await run(steps, aSnapshot(specs), aWorld(specs))).outcome.done).toBe(5000)
  })
})
