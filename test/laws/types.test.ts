import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capture } from '../../src/engine/capture.ts'
import { compare } from '../../src/engine/compare.ts'
import { explain } from '../../src/engine/explain.ts'
import { reportOf } from '../../src/engine/plan-report.ts'
import { changesAsText } from '../../src/engine/render.ts'
import { planAsText } from '../../src/engine/render-plan.ts'
import { readTypes } from '../../src/flows/reading.ts'
import { planRestore } from '../../src/flows/restore.ts'
import { type Address, typeOf } from '../../src/model/address.ts'
import { bindingsOf } from '../../src/model/bindings.ts'
import { type Draft, draftOf, isObject, type Json } from '../../src/model/json.ts'
import { edit, type Path } from '../../src/model/path.ts'
import type { Snapshot } from '../../src/model/resource.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { type Recorder, recordThrough } from '../contract/recorder.ts'
import { fixtures } from '../fixtures/jira/index.ts'
import { bytesOf, carriedOut, expectToComeBackWhole, wish } from '../support/restored.ts'
import { captured, catalogue, connect, type OpenedSite } from '../support/site.ts'

// Every type obeys the same laws, each on a fresh site filled by the type's own fixture through Jira's API.
describe.each(fixtures.map((fixture) => [fixture.type, fixture] as const))('%s', (name, fixture) => {
  const type = catalogue.type(name) as ResourceType
  let simulator: Simulator
  let recorders: readonly Recorder[]
  let source: OpenedSite
  let destination: OpenedSite

  beforeAll(async () => {
    simulator = await startSimulator({ sites: [{ name: 'source' }, { name: 'destination' }], seed: 11 })
    const [before, behind] = await Promise.all(['source', 'destination'].map((name) => recordThrough(simulator.site(name).url)))
    recorders = [before as Recorder, behind as Recorder]
    source = connect(simulator.site('source'), {}, before?.url)
    destination = connect(simulator.site('destination'), {}, behind?.url)
    await fixture.seed(source.jira)
  })

  afterAll(async () => {
    await source?.jira.close()
    await destination?.jira.close()
    for (const recorder of recorders) await recorder.close()
    await simulator?.stop()
  })

  it('is read complete at every page size', async () => {
    const { snapshot } = await captured(source)
    const usual = addressesOf(snapshot, type)
    for (const pageSize of [1, 7]) {
      Object.assign(simulator.site('source').state, { pageSize })
      const small = await captured(connect(simulator.site('source')))
      expect(addressesOf(small.snapshot, type)).toEqual(usual)
    }
    Object.assign(simulator.site('source').state, { pageSize: undefined })
    expect(usual.length).toBeGreaterThan(0)
  })

  it('is captured to the same bytes however often and in whatever order the site answers', async () => {
    const readings = await readTypes(source)
    const first = capture(readings, catalogue, bindingsOf())
    const shuffled = readings
      .map((reading) => ({ ...reading, items: reading.items.map((item) => keysReversed(item as Json)).toReversed() }))
      .toReversed()
    const second = capture(shuffled, catalogue, first.bindings)
    expect(bytesOf(second.snapshot)).toEqual(bytesOf(first.snapshot))
  })

  it('lets no id of the site escape into a document', async () => {
    const { snapshot, bindings } = await captured(source)
    const ids = new Set([...bindings.entries()].map(([, id]) => id).filter((id) => id.length > 3))
    const escaped = [...snapshot.values()]
      .filter(({ address }) => typeOf(address) === name)
      .flatMap(({ address, spec }) =>
        [...scalars(withoutOpaque(spec, type), '')]
          .filter(({ text }) => names(text, ids))
          .map(({ at, text }) => `${address} ${at}: ${text}`),
      )
    expect(escaped).toEqual([])
  })

  it('comes back whole on an empty site with other ids, and then there is nothing left to do', async () => {
    await expectToComeBackWhole(source, destination)
  })

  it('shows one change as one step, and the step takes it back', async () => {
    const before = await captured(source)
    await fixture.change(source.jira)
    const after = await captured(source, before.bindings)
    const changed = compare(undefined, before.snapshot, after.snapshot, catalogue)
    expect(changed.map(({ address }) => typeOf(address))).toEqual([name])

    const prepared = await planRestore(source, after.bindings, { ...wish(before.snapshot), base: after.snapshot })
    expect(prepared.plan.steps.map(({ verb, address }) => `${verb} ${address}`)).toEqual([`update ${changed[0]?.address}`])
    const { outcome } = await carriedOut(source, prepared)
    expect(outcome).toEqual({ done: 1, failed: 0, skipped: 0, manual: 0 })
    expect(bytesOf((await captured(source, after.bindings)).snapshot)).toEqual(bytesOf(before.snapshot))
  })

  it('tells no declared secret in plans and differences', async () => {
    const { snapshot } = await captured(source)
    const secrets = fixture.secrets ?? []
    const texts = [...snapshot.values()]
      .filter(({ address }) => typeOf(address) === name)
      .map((resource) => {
        const explanation = explain(
          { ...resource, spec: edit(draftOf(resource.spec), '/name', () => 'other') as Json },
          resource,
          type,
          new Uint8Array(32),
        )
        return explanation === undefined ? '' : changesAsText([explanation])
      })
    const { plan } = await planRestore(destination, bindingsOf(), wish(snapshot))
    const request = { id: 'r', kind: 'restore', branch: 'requests/r' } as const
    const told = planAsText(reportOf(plan, { request, url: '', sources: [], states: new Map(), catalogue, shows: () => undefined }))
    for (const secret of secrets) for (const text of [...texts, told, JSON.stringify(plan)]) expect(text).not.toContain(secret)
  })

  it('carries along what Jira may add tomorrow', async () => {
    const readings = await readTypes(source)
    const news = { kept: true, nested: [{ deep: 'value' }] }
    const tomorrow = readings.map((reading) =>
      reading.type === name ? { ...reading, items: reading.items.map((item) => ({ ...(item as object), addedTomorrow: news })) } : reading,
    )
    const { snapshot } = capture(tomorrow, catalogue, bindingsOf())
    for (const address of addressesOf(snapshot, type)) expect(snapshot.get(address)?.spec).toHaveProperty('addedTomorrow', news)
  })

  it('speaks to Jira only as its contract says, and is answered so', () => {
    expect(recorders.flatMap((recorder) => recorder.deviations())).toEqual([])
  })
})

function addressesOf(snapshot: Snapshot, type: ResourceType): readonly Address[] {
  return [...snapshot.keys()].filter((address) => typeOf(address) === type.name).sort()
}

function keysReversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(keysReversed)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, keysReversed(inner)]),
  )
}

function withoutOpaque(spec: Json, type: ResourceType): Json {
  let copy: Draft = draftOf(spec)
  for (const path of type.opaque ?? []) copy = edit(copy, path, () => 'opaque')
  return copy as Json
}

function* scalars(value: Json, at: Path): Generator<{ at: Path; text: string }> {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* scalars(item, `${at}/${index}`)
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield { at, text: key }
      yield* scalars(item, `${at}/${key}`)
    }
  } else if (typeof value === 'string' || typeof value === 'number') yield { at, text: String(value) }
}

/** Whether a text holds an id as a word of its own. What pointed at nothing already is marked as such. */
function names(text: string, ids: ReadonlySet<string>): boolean {
  const words = text.replace(/⟦\?[^⟧]*⟧/g, ' ').match(/[A-Za-z0-9_:-]+/g) ?? []
  return words.some((word) => ids.has(word))
}
