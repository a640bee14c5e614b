// Invented types for tests of the engine: never Jira's, and each trait of a type occurs in one of them. The site keeps its items in memory,
// gives ids of its own, and speaks ids only.
import { isAddress, type RemoteId, type TypeName } from '../../src/model/address.ts'
import { type Draft, draftOf, type Json, type JsonObject } from '../../src/model/json.ts'
import { edit, type Path, select } from '../../src/model/path.ts'
import type { Mention, TextCodec } from '../../src/model/reference.ts'
import {
  type Catalogue,
  type Created,
  catalogueOf,
  defineType,
  type Gap,
  type Part,
  type ResourceType,
} from '../../src/model/resource-type.ts'
import type { Schema } from '../../src/model/schema.ts'

export interface Garden {
  readonly shelves: Map<TypeName, Map<RemoteId, JsonObject>>
  readonly gaps: Map<TypeName, Gap[]>
  /** Every write, in order: `create garden/bed 7`. */
  readonly writes: string[]
  nextId: number
}

const anything: Schema<JsonObject> = { json: {}, problem: () => undefined }
const common = { about: 'https://garden.example', api: 'public', sees: 'all', shape: anything } as const

/** Notes name beds as `bed(12)` or `bed "Roses"`, plants as `plant(plant-3)`, ponds as `pond(4)`, which no type describes. */
export const noteCodec: TextCodec = {
  name: 'note',
  split: (text) => {
    const pieces: (string | Mention)[] = []
    let from = 0
    for (const found of text.matchAll(/bed\((\d+)\)|bed "([^"\n]+)"|plant\((plant-\d+)\)|pond\((\d+)\)/g)) {
      if (found.index > from) pieces.push(text.slice(from, found.index))
      from = found.index + found[0].length
      if (found[1] !== undefined) pieces.push({ kind: 'garden/bed', id: found[1], spelling: 'id' })
      else if (found[2] !== undefined) pieces.push({ kind: 'garden/bed', id: found[2], spelling: 'name' })
      else if (found[3] !== undefined) pieces.push({ kind: 'garden/plant', id: found[3], spelling: 'call' })
      else pieces.push({ kind: 'garden/pond', id: found[4] as string, spelling: 'id' })
    }
    if (from < text.length) pieces.push(text.slice(from))
    return pieces
  },
  join: (pieces) => pieces.map((piece) => (typeof piece === 'string' ? piece : written(piece))).join(''),
}

function written({ kind, id, spelling }: Mention): string {
  const word = kind.slice(kind.indexOf('/') + 1)
  return spelling === 'name' ? `${word} "${id}"` : `${word}(${id})`
}

/** A singleton: no id, always there, only changed. */
const shed = defineType<JsonObject, Garden>({
  ...common,
  name: 'garden/shed',
  title: 'Shed',
  identity: [],
  references: [{ at: '/key-under', to: 'garden/bed', as: 'number' }],
  read: async function* (site) {
    yield* shelfOf(site, 'garden/shed').values()
  },
  get: async (site) => shelfOf(site, 'garden/shed').get('site'),
  update: async (site, _id, item) => {
    site.writes.push('update garden/shed site')
    shelfOf(site, 'garden/shed').set('site', item)
  },
})

/** Number ids, a name that others refer by, a set, a place fixed at creation, late references in a cycle. */
const bed = defineType<JsonObject, Garden>({
  ...common,
  name: 'garden/bed',
  title: 'Bed',
  id: '/id',
  label: '/name',
  identity: ['/name'],
  spellings: { name: '/name' },
  volatile: ['/watered', '/visits/*/at'],
  sets: [{ at: '/tags' }],
  fixed: ['/soil'],
  secrets: ['/gate-code'],
  references: [
    { at: '/neighbour', to: 'garden/bed', as: 'number', late: true },
    { at: '/favourite', to: 'garden/plant', late: true },
  ],
  ...verbs('garden/bed', (number) => number),
})

/** Belongs to a bed; labels hold values; text names other objects; companions may refer to each other. */
const plant = defineType<JsonObject, Garden>({
  ...common,
  name: 'garden/plant',
  title: 'Plant',
  id: '/key',
  label: '/name',
  identity: ['/bed', '/name'],
  parent: '/bed',
  parts: [{ at: '/labels/*', kind: 'label', id: '/id', label: '/text', identity: ['/text'], as: 'number', holds: 'values' }],
  sets: [{ at: '/companions' }],
  references: [
    { at: '/bed', to: 'garden/bed', as: 'number' },
    { at: '/companions/*', to: 'garden/plant', late: true },
    { at: '/main-label', to: 'garden/plant#label', as: 'number' },
    { at: '/note', inside: noteCodec, late: true },
    { at: '/guest-of', to: 'garden/bed', as: 'number', missing: 'drop' },
  ],
  ...verbs('garden/plant', (number) => `plant-${number}`, [{ at: '/labels/*', id: '/id', make: (number) => number }]),
})

/** Refers by name, by key of an object, by a kind its siblings tell, and to parts; its stones are numbered from 1 on every path. */
const path = defineType<JsonObject, Garden>({
  ...common,
  name: 'garden/path',
  title: 'Path',
  id: '/id',
  label: '/title',
  identity: ['/title'],
  parts: [{ at: '/stones/*', kind: 'stone', id: '/id', label: '/colour', identity: ['/colour'], scope: 'owner' }],
  sets: [{ at: '/marks' }],
  references: [
    { at: '/from', to: 'garden/bed', by: 'name', literal: /^(?:gate|street)$/ },
    { at: '/signs/~', to: 'garden/plant' },
    { at: '/signs/*/under', to: 'garden/bed', as: 'number', late: true },
    { at: '/marks/*/id', to: (holder) => markKind(holder) },
    { at: '/first-stone', to: 'garden/path#stone' },
    { at: '/label', to: 'garden/plant#label', as: 'number' },
  ],
  ...verbs('garden/path', (number) => `way:${number}`, [{ at: '/stones/*', id: '/id', make: undefined }]),
})

function markKind(holder: Json): TypeName | undefined {
  const { kind } = holder as JsonObject
  return kind === 'bed' ? 'garden/bed' : kind === 'plant' ? 'garden/plant' : undefined
}

/** Comes with the garden and is the maker's own, unless it says otherwise. */
const weather = defineType<JsonObject, Garden>({
  ...common,
  name: 'garden/weather',
  title: 'Weather',
  id: '/id',
  label: '/name',
  identity: ['/name'],
  owned: (spec) => (spec as JsonObject)['ours'] === true,
  ...verbs('garden/weather', (number) => String(number)),
})

/** Shows only what the account may see. */
const view = defineType<JsonObject, Garden>({
  ...common,
  name: 'garden/view',
  title: 'View',
  sees: 'visible',
  id: '/id',
  label: '/name',
  identity: ['/name'],
  references: [{ at: '/next', to: 'garden/view', late: true }],
  ...verbs('garden/view', (number) => String(number)),
})

/** Can be read, not written. */
const fence = defineType<JsonObject, Garden>({
  ...common,
  name: 'garden/fence',
  title: 'Fence',
  id: '/id',
  label: '/name',
  identity: ['/name'],
  fixed: ['/height'],
  read: async function* (site) {
    yield* shelfOf(site, 'garden/fence').values()
  },
})

export const types = { shed, bed, plant, path, weather, view, fence }
export const garden: Catalogue = catalogueOf(Object.values(types) as unknown as ResourceType[])

export function shelfOf(site: Garden, name: TypeName): Map<RemoteId, JsonObject> {
  const shelf = site.shelves.get(name) ?? new Map<RemoteId, JsonObject>()
  site.shelves.set(name, shelf)
  return shelf
}

type Verbs = Pick<ResourceType<JsonObject, Garden>, 'read' | 'get' | 'create' | 'update' | 'remove'>
type PartMaker = { readonly at: Path; readonly id: Part['id']; readonly make: ((number: number) => Json) | undefined }

/** The same five verbs for every type. A part that carries its address gets an id: of the site, or numbered within its owner. */
function verbs(name: TypeName, makeId: (number: number) => Json, parts: readonly PartMaker[] = []): Verbs {
  const idPath = name === 'garden/plant' ? 'key' : 'id'
  return {
    read: async function* (site) {
      yield* shelfOf(site, name).values()
      yield* site.gaps.get(name) ?? []
    },
    get: async (site, id) => shelfOf(site, name).get(id),
    create: async (site, item) => {
      const id = makeId(take(site))
      const made = withParts(site, item)
      shelfOf(site, name).set(String(id), { ...made.item, [idPath]: id })
      site.writes.push(`create ${name} ${id}`)
      return { id: String(id), parts: made.parts }
    },
    update: async (site, id, item) => {
      const made = withParts(site, item)
      shelfOf(site, name).set(id, { ...made.item, [idPath]: shelfOf(site, name).get(id)?.[idPath] ?? id })
      site.writes.push(`update ${name} ${id}`)
      return { id, parts: made.parts }
    },
    remove: async (site, id) => {
      shelfOf(site, name).delete(id)
      site.writes.push(`remove ${name} ${id}`)
    },
  }

  function withParts(site: Garden, item: JsonObject): { item: JsonObject; parts: NonNullable<Created['parts']> } {
    const made = new Map<string, Json>()
    let draft = draftOf(item)
    for (const { at, id, make } of parts) {
      const used = [...select(draft, `${at}${id}` as Path)].map(({ value }) => Number(value)).filter(Number.isFinite)
      let last = Math.max(0, ...used)
      draft = edit(draft, `${at}${id}` as Path, (value) => {
        if (typeof value !== 'string' || !isAddress(value)) return value
        last += 1
        made.set(value, make === undefined ? String(last) : make(take(site)))
        return value
      })
    }
    const replaced = edit(draft, '/**', (value) => (typeof value === 'string' && made.has(value) ? (made.get(value) as Draft) : value))
    return { item: replaced as JsonObject, parts: new Map([...made].map(([address, id]) => [address, String(id)])) }
  }
}

function take(site: Garden): number {
  site.nextId += 1
  return site.nextId
}
