// Random gardens for property tests: names that collide or are hostile, cycles of late references, text that names other objects, dangling ids.
import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { aSite, type SiteBuilder } from './builder.ts'
import type { Garden } from './garden.ts'

/** Ids that no site gives: what they stand in points at nothing, everywhere. */
const nowhere = 900_000

const name = fc.oneof(
  fc.constantFrom('Bed', 'bed', 'BED!', 'Rose', 'Röse', '', '🌱', '問題', '⟦x⟧', '../x', '.git', 'CON', 'a"b', 'gate', '__proto__', '5'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const index = fc.nat(30)
const maybe = fc.option(index, { nil: undefined, freq: 2 })
const few = (max: number) => ({ maxLength: max })

const bed = fc.record({ name, tags: fc.array(name, few(3)), neighbour: maybe, favourite: maybe, soil: fc.constantFrom('clay', 'sand') })
const piece = fc.oneof(
  fc.record({
    text: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('⟦', '⟧', '⟦⟦?garden/bed|1⟧', 'pond(7)', '|', 'bed(', ' ')),
  }),
  fc.record({ bed: index }),
  fc.record({ bedName: index }),
  fc.record({ plant: index }),
  fc.record({ nobody: fc.nat(9) }),
)
const plant = fc.record({
  name,
  bed: index,
  labels: fc.array(name, few(3)),
  mainLabel: maybe,
  companions: fc.array(index, few(3)),
  guestOf: maybe,
  note: fc.array(piece, few(4)),
})
const path = fc.record({
  title: name,
  from: fc.oneof(index, fc.constantFrom('gate', 'street', 'nowhere at all')),
  stones: fc.array(name, few(3)),
  firstStone: maybe,
  signs: fc.uniqueArray(index, few(3)),
  marks: fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom('bed', 'plant', 'stone'), of: index }),
      fc.record({ kind: fc.constant('word'), of: fc.constantFrom('gate', 'garden/bed/rose', '⟦?garden/bed|1⟧', '⟦=x⟧') }),
    ),
    few(3),
  ),
  label: maybe,
  more: fc.jsonValue({ maxDepth: 2 }),
})

export interface Sketch {
  readonly motto: string
  readonly keyUnder: number | undefined
  readonly beds: readonly {
    name: string
    tags: readonly string[]
    neighbour: number | undefined
    favourite: number | undefined
    soil: string
  }[]
  readonly plants: readonly (typeof plant extends fc.Arbitrary<infer Value> ? Value : never)[]
  readonly paths: readonly (typeof path extends fc.Arbitrary<infer Value> ? Value : never)[]
}

export const sketch: fc.Arbitrary<Sketch> = fc.record({
  motto: name,
  keyUnder: maybe,
  beds: fc.uniqueArray(bed, { minLength: 1, maxLength: 5, selector: (one) => one.name }),
  plants: fc.array(plant, few(6)),
  paths: fc.array(path, few(4)),
})

/** What comes with every garden: its maker's weather and a fence that no API builds. */
export function anEmptySite(lastId: number): SiteBuilder {
  return aSite(lastId)
    .with('garden/weather', { id: `w${lastId}`, name: 'Rain', wet: true })
    .with('garden/fence', { id: `f${lastId}`, name: 'Fence', height: 2 })
}

/** The sketched site, its ids counted from `lastId`. */
export function siteOf({ motto, keyUnder, beds, plants, paths }: Sketch, lastId: number): Garden {
  let last = lastId
  const take = () => {
    last += 1
    return last
  }
  const bedIds = beds.map(take)
  const plantKeys = plants.map(() => `plant-${take()}`)
  const labelIds = plants.map(({ labels }) => labels.map(take))
  const bedAt = (at: number) => bedIds[at % bedIds.length] as number
  const plantAt = (at: number) => (plantKeys.length === 0 ? undefined : (plantKeys[at % plantKeys.length] as string))
  const anyLabel = labelIds.flat()

  const builder = anEmptySite(lastId).with('garden/shed', { motto, ...some('key-under', keyUnder, bedAt) })
  for (const [at, { name, tags, neighbour, favourite, soil }] of beds.entries()) {
    builder.with('garden/bed', {
      id: bedIds[at] as number,
      name,
      soil,
      watered: lastId,
      tags,
      ...some('neighbour', neighbour, (of) => (of > 28 ? nowhere + of : bedAt(of))),
      ...some('favourite', favourite, plantAt),
    })
  }
  for (const [at, one] of plants.entries()) {
    const own = labelIds[at] as number[]
    builder.with('garden/plant', {
      key: plantKeys[at] as string,
      name: one.name,
      bed: bedAt(one.bed),
      labels: one.labels.map((text, part) => ({ id: own[part] as number, text })),
      companions: one.companions.flatMap((of) => plantAt(of) ?? []),
      note: one.note.map(written).join(''),
      ...some('main-label', one.mainLabel, (of) => own[of % own.length]),
      ...some('guest-of', one.guestOf, bedAt),
    })
  }
  for (const { title, from, stones, firstStone, signs, marks, label, more } of paths) {
    const keys = [...new Set(signs.flatMap((of) => plantAt(of) ?? []))]
    builder.with('garden/path', {
      id: `way:${take()}`,
      title,
      from: typeof from === 'number' ? (beds[from % beds.length]?.name as string) : from,
      stones: stones.map((colour, part) => ({ id: String(part + 1), colour })),
      signs: Object.fromEntries(keys.map((key, at) => [key, { under: bedAt(at) }])),
      marks: marks.map(({ kind, of }) => {
        if (typeof of === 'string') return { kind, id: of }
        return { kind, id: (kind === 'plant' ? plantAt(of) : kind === 'bed' ? bedAt(of) : of) ?? null }
      }),
      more: more as Json,
      ...some('first-stone', firstStone, (of) => (stones.length === 0 ? undefined : String((of % stones.length) + 1))),
      ...some('label', label, (of) => anyLabel[of % anyLabel.length]),
    })
  }
  const site = builder.build()
  site.nextId = last
  return site

  function written(one: Sketch['plants'][number]['note'][number]): string {
    if ('text' in one) return one.text
    if ('bed' in one) return `bed(${bedAt(one.bed)})`
    if ('bedName' in one) return `bed "${beds[one.bedName % beds.length]?.name}"`
    if ('plant' in one) return plantKeys.length === 0 ? '' : `plant(${plantAt(one.plant)})`
    return `bed(${nowhere + one.nobody})`
  }
}

function some<Value extends Json>(key: string, at: number | undefined, value: (at: number) => Value | undefined): JsonObject {
  const found = at === undefined ? undefined : value(at)
  return found === undefined ? {} : { [key]: found }
}
