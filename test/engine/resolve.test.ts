import { describe, expect, it } from 'vitest'
import { type Lookup, resolve } from '../../src/engine/resolve.ts'
import type { Json } from '../../src/model/json.ts'
import { types } from './garden.ts'

const ids = new Map([
  ['garden/bed/roses', '1'],
  ['garden/bed/big', '9007199254740993'],
  ['garden/plant/roses--red', 'plant-3'],
  ['garden/plant/roses--red#label/old', '7'],
])
const lookup: Lookup = {
  idOf: (address) => ids.get(address),
  spell: (address, spelling) => (spelling === 'name' && address === 'garden/bed/roses' ? 'Roses' : undefined),
}
const bed = (spec: Json, without: Parameters<typeof resolve>[3] = []) =>
  resolve({ address: 'garden/bed/x', spec }, types.bed, lookup, without)
const plant = (spec: Json, without: Parameters<typeof resolve>[3] = []) =>
  resolve({ address: 'garden/plant/roses--red', spec }, types.plant, lookup, without)
const path = (spec: Json, without: Parameters<typeof resolve>[3] = []) =>
  resolve({ address: 'garden/path/p', spec }, types.path, lookup, without)

describe('resolve', () => {
  it('writes ids as the site writes them: numbers, big numbers, text, names, keys of an object', () => {
    expect(bed({ neighbour: 'garden/bed/roses', favourite: 'garden/plant/roses--red' }).item).toEqual({
      neighbour: 1,
      favourite: 'plant-3',
    })
    expect(bed({ neighbour: 'garden/bed/big' }).item).toEqual({ neighbour: 9007199254740993n })
    expect(path({ from: 'garden/bed/roses', signs: { 'garden/plant/roses--red': { under: 'garden/bed/roses' } } }).item).toEqual({
      from: 'Roses',
      signs: { 'plant-3': { under: 1 } },
    })
  })

  it('writes text with the ids in their spelling and a bracket where two stood', () => {
    const note = '⟦⟦ ⟦garden/bed/roses⟧ ⟦garden/bed/roses|name⟧ ⟦garden/plant/roses--red|call⟧ ⟦?garden/bed|99⟧'

    expect(plant({ note }).item).toEqual({ note: '⟦ bed(1) bed "Roses" plant(plant-3) bed(99)' })
  })

  it('writes what pointed at nothing as it stood', () => {
    expect(bed({ neighbour: '⟦?garden/bed|4711⟧' })).toEqual({ item: { neighbour: 4711 }, unresolved: [] })
    expect(path({ from: '⟦?garden/bed|50%25 off⟧' }).item).toEqual({ from: '50% off' })
  })

  it('gives known parts their ids and leaves new ones their address, also where the resource refers to them', () => {
    const labels = [{ id: 'garden/plant/roses--red#label/old' }, { id: 'garden/plant/roses--red#label/new' }]

    expect(plant({ labels, 'main-label': 'garden/plant/roses--red#label/new' })).toEqual({
      item: { labels: [{ id: 7 }, { id: 'garden/plant/roses--red#label/new' }], 'main-label': 'garden/plant/roses--red#label/new' },
      unresolved: [],
    })
  })

  it('tells what it cannot resolve, in values and in text', () => {
    expect(bed({ neighbour: 'garden/bed/gone' }).unresolved).toEqual([{ to: 'garden/bed/gone', at: '/neighbour' }])
    expect(plant({ note: 'x ⟦garden/bed/gone⟧' }).unresolved).toEqual([{ to: 'garden/bed/gone', at: '/note' }])
    expect(path({ from: 'garden/bed/big' }).unresolved).toEqual([{ to: 'garden/bed/big', at: '/from' }])
  })

  it('drops a missing target where its rule says so', () => {
    expect(plant({ 'guest-of': 'garden/bed/gone', name: 'x' })).toEqual({ item: { name: 'x' }, unresolved: [] })
  })

  it('leaves out the places of a later step and asks nothing about them', () => {
    expect(
      plant({ companions: ['garden/plant/a', 'garden/plant/roses--red', 'garden/plant/b'], note: '⟦garden/plant/a⟧' }, [
        '/companions/0',
        '/companions/2',
        '/note',
      ]),
    ).toEqual({
      item: { companions: ['plant-3'] },
      unresolved: [],
    })
  })

  it('forgot to leave out a place below a key that is itself a reference', () => {
    const spec = { signs: { 'garden/plant/roses--red': { under: 'garden/bed/gone' } } }

    expect(path(spec, ['/signs/garden~1plant~1roses--red/under'])).toEqual({ item: { signs: { 'plant-3': {} } }, unresolved: [] })
  })

  it('leaves literals, foreign text and other shapes alone', () => {
    expect(path({ from: 'gate', marks: [{ kind: 'stone', id: 2 }], title: 'garden/bed/roses' })).toEqual({
      item: { from: 'gate', marks: [{ kind: 'stone', id: 2 }], title: 'garden/bed/roses' },
      unresolved: [],
    })
  })

  it('never changes the resource', () => {
    const resource = { address: 'garden/bed/x', spec: { neighbour: 'garden/bed/roses' } } as const

    resolve(resource, types.bed, lookup)

    expect(resource.spec).toEqual({ neighbour: 'garden/bed/roses' })
  })
})
