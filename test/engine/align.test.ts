import { describe, expect, it } from 'vitest'
import { align } from '../../src/engine/align.ts'
import { compare } from '../../src/engine/compare.ts'
import { plan } from '../../src/engine/plan.ts'
import { type Address, typeOf } from '../../src/model/address.ts'
import { catalogueOf } from '../../src/model/resource-type.ts'
import { aSnapshot, digest, freely, specsOf } from './builder.ts'
import { garden, types } from './garden.ts'

const none = new Map<Address, Address>()
const aligned = (source: Parameters<typeof aSnapshot>[0], destination: Parameters<typeof aSnapshot>[0], matches = none) =>
  align(aSnapshot(source), aSnapshot(destination), matches, garden)

describe('align', () => {
  it('tells counterparts by identity, parents first, and rewrites every reference', () => {
    const { source, findings } = aligned(
      {
        'garden/plant/old--red': {
          name: 'Red',
          bed: 'garden/bed/old',
          companions: ['garden/plant/old--red'],
          note: 'in ⟦garden/bed/old|name⟧',
        },
        'garden/bed/old': { name: 'Roses', favourite: 'garden/plant/old--red' },
      },
      { 'garden/bed/new': { name: 'Roses' }, 'garden/plant/new--crimson': { name: 'Red', bed: 'garden/bed/new' } },
    )

    expect(specsOf(source)).toEqual({
      'garden/bed/new': { name: 'Roses', favourite: 'garden/plant/new--crimson' },
      'garden/plant/new--crimson': {
        name: 'Red',
        bed: 'garden/bed/new',
        companions: ['garden/plant/new--crimson'],
        note: 'in ⟦garden/bed/new|name⟧',
      },
    })
    expect(findings).toEqual([])
  })

  it('believes the match table before names', () => {
    const { source } = aligned(
      { 'garden/bed/a': { name: 'A' }, 'garden/bed/b': { name: 'B', neighbour: 'garden/bed/a' } },
      { 'garden/bed/x': { name: 'A' }, 'garden/bed/y': { name: 'Other' } },
      new Map([['garden/bed/a', 'garden/bed/y']]),
    )

    expect(specsOf(source)).toEqual({ 'garden/bed/y': { name: 'A' }, 'garden/bed/b': { name: 'B', neighbour: 'garden/bed/y' } })
  })

  it('never guesses between two candidates, nor between two that ask for one', () => {
    const two = aligned({ 'garden/bed/a': { name: 'Twin' } }, { 'garden/bed/x': { name: 'Twin' }, 'garden/bed/y': { name: 'Twin' } })
    const ask = aligned({ 'garden/bed/a': { name: 'Twin' }, 'garden/bed/b': { name: 'Twin' } }, { 'garden/bed/x': { name: 'Twin' } })

    expect(two.source.size + ask.source.size).toBe(0)
    expect(two.findings).toMatchObject([{ level: 'error', code: 'REFERENCE_AMBIGUOUS', address: 'garden/bed/a' }])
    expect(ask.findings.map(({ address }) => address)).toEqual(['garden/bed/a', 'garden/bed/b'])
  })

  it('is told by the match table where names are ambiguous', () => {
    const { source, findings } = aligned(
      { 'garden/bed/a': { name: 'Twin' }, 'garden/bed/b': { name: 'Twin' } },
      { 'garden/bed/x': { name: 'Twin' }, 'garden/bed/y': { name: 'Twin' } },
      new Map([['garden/bed/a', 'garden/bed/y']]),
    )

    expect([...source.keys()]).toEqual(['garden/bed/y', 'garden/bed/x'])
    expect(findings).toEqual([])
  })

  it('refuses a match table that gives one object to two', () => {
    const { source, findings } = aligned(
      { 'garden/bed/a': { name: 'A' }, 'garden/bed/b': { name: 'B' } },
      { 'garden/bed/x': { name: 'X' } },
      new Map([
        ['garden/bed/a', 'garden/bed/x'],
        ['garden/bed/b', 'garden/bed/x'],
      ]),
    )

    expect(source.size).toBe(0)
    expect(findings.map(({ address }) => address)).toEqual(['garden/bed/a', 'garden/bed/b'])
  })

  it('took another object of the same address for the one that could not be told', () => {
    const live = aSnapshot({ 'garden/bed/a': { name: 'Twin' }, 'garden/bed/y': { name: 'Twin' } })

    const { source, findings } = align(
      aSnapshot({
        'garden/bed/a': { name: 'Twin' },
        'garden/bed/b': { name: 'B', neighbour: 'garden/bed/a' },
        'garden/plant/a--p': { name: 'P', bed: 'garden/bed/a' },
      }),
      live,
      none,
      garden,
    )

    expect(findings).toHaveLength(1)
    const planned = plan(compare(undefined, live, source, garden), live, garden, freely, digest)
    expect(
      planned.findings
        .filter(({ code }) => code === 'REFERENCE_UNRESOLVED')
        .map(({ at }) => at)
        .sort(),
    ).toEqual(['/bed', '/neighbour'])
  })

  it('gives a free slug to what is new where the destination uses it for something else, below renamed parents too', () => {
    const { source, renames } = aligned(
      {
        'garden/bed/a': { name: 'Source bed' },
        'garden/plant/a--p': { name: 'P', bed: 'garden/bed/a', labels: [{ id: 'garden/plant/a--p#label/l', text: 'L' }] },
        'garden/bed/b': { name: 'B', neighbour: 'garden/bed/a' },
      },
      { 'garden/bed/a': { name: 'Destination bed' }, 'garden/bed/a-2': { name: 'Another' } },
    )

    expect(specsOf(source)).toEqual({
      'garden/bed/a-3': { name: 'Source bed' },
      'garden/plant/a-3--p': { name: 'P', bed: 'garden/bed/a-3', labels: [{ id: 'garden/plant/a-3--p#label/l', text: 'L' }] },
      'garden/bed/b': { name: 'B', neighbour: 'garden/bed/a-3' },
    })
    expect(renames.get('garden/plant/a--p#label/l')).toBe('garden/plant/a-3--p#label/l')
  })

  it('tells parts by identity, gives new ones a free slug, and follows them in references', () => {
    const label = (address: string, text: string) => ({ id: address, text })
    const { source } = aligned(
      {
        'garden/bed/a': { name: 'A' },
        'garden/plant/a--p': {
          name: 'P',
          bed: 'garden/bed/a',
          labels: [label('garden/plant/a--p#label/one', 'Spring'), label('garden/plant/a--p#label/two', 'Summer')],
          'main-label': 'garden/plant/a--p#label/one',
        },
        'garden/path/w': { title: 'W', label: 'garden/plant/a--p#label/two' },
      },
      {
        'garden/bed/a': { name: 'A' },
        'garden/plant/a--q': { name: 'P', bed: 'garden/bed/a', labels: [label('garden/plant/a--q#label/two', 'Spring')] },
      },
    )

    expect(source.get('garden/plant/a--q')?.spec).toMatchObject({
      labels: [label('garden/plant/a--q#label/two', 'Spring'), label('garden/plant/a--q#label/two-2', 'Summer')],
      'main-label': 'garden/plant/a--q#label/two',
    })
    expect(source.get('garden/path/w')?.spec).toMatchObject({ label: 'garden/plant/a--q#label/two-2' })
  })

  it('did not believe the match table about parts', () => {
    const label = (address: string, text: string) => ({ id: address, text })
    const { renames } = aligned(
      {
        'garden/plant/a--p': {
          name: 'P',
          labels: [label('garden/plant/a--p#label/x', 'Old name'), label('garden/plant/a--p#label/y', 'Same')],
        },
      },
      {
        'garden/plant/a--p': {
          name: 'P',
          labels: [label('garden/plant/a--p#label/m', 'Same'), label('garden/plant/a--p#label/n', 'New name')],
        },
      },
      new Map([
        ['garden/plant/a--p#label/x', 'garden/plant/a--p#label/n'],
        ['garden/plant/a--p#label/y', 'garden/plant/a--p#label/m'],
      ] as const),
    )

    expect(renames.get('garden/plant/a--p#label/x')).toBe('garden/plant/a--p#label/n')
    expect(renames.get('garden/plant/a--p#label/y')).toBe('garden/plant/a--p#label/m')
  })

  it('never takes a part for one of another object, whatever the match table says', () => {
    const plant = (name: string, slug: string) => ({ name, labels: [{ id: `garden/plant/${slug}#label/x`, text: 'Spring' }] })
    const both = { 'garden/plant/p': plant('P', 'p'), 'garden/plant/q': plant('Q', 'q') }

    const row = ['garden/plant/p#label/x', 'garden/plant/q#label/x'] as const
    const { renames, findings } = aligned(both, both, new Map([row]))

    expect(renames.get(row[0])).toBe(row[0])
    expect(findings).toMatchObject([{ level: 'error', code: 'REFERENCE_MATCH_ELSEWHERE', address: row[0] }])
    const gone = aligned({ 'garden/plant/p': plant('P', 'p') }, { 'garden/plant/p': plant('P', 'p') }, new Map([row]))
    expect([gone.renames.get(row[0]), gone.findings]).toEqual([row[0], []])
  })

  it('sees the same name in composed and decomposed form, at any depth of an identity', () => {
    const deep = { ...types.bed, identity: ['/about'] } as const
    const catalogue = catalogueOf([deep as never])
    const of = (form: 'NFC' | 'NFD') => ({ about: { names: ['Café'.normalize(form)] } })

    const { source } = align(aSnapshot({ 'garden/bed/a': of('NFC') }), aSnapshot({ 'garden/bed/b': of('NFD') }), none, catalogue)

    expect([...source.keys()]).toEqual(['garden/bed/b'])
  })

  it('compared an identity with addresses of the source where the reference stands deeper than its path', () => {
    const scoped = {
      ...types.view,
      name: 'garden/leaf',
      identity: ['/name', '/scope'],
      references: [{ at: '/scope/bed', to: 'garden/bed' }],
    } as const
    const catalogue = catalogueOf([scoped, types.bed] as never[])
    const leaf = (bed: string) => ({ name: 'L', scope: { bed } })

    const { source } = align(
      aSnapshot({ 'garden/leaf/l': leaf('garden/bed/old'), 'garden/bed/old': { name: 'Roses' } }),
      aSnapshot({ 'garden/leaf/m': leaf('garden/bed/new'), 'garden/bed/new': { name: 'Roses' } }),
      none,
      catalogue,
    )

    expect([...source.keys()].sort()).toEqual(['garden/bed/new', 'garden/leaf/m'])
  })

  it('does not depend on the order of the source', () => {
    const specs = Object.entries({
      'garden/bed/b': { name: 'Same name on no site' },
      'garden/bed/b-2': { name: 'New one' },
      'garden/bed/b-3': { name: 'Another' },
    })
    const destination = { 'garden/bed/b': { name: 'X' }, 'garden/bed/b-2': { name: 'Y' } }

    const [one, other] = [specs, specs.toReversed()].map((entries) => aligned(Object.fromEntries(entries), destination).renames)

    expect(new Map([...(one ?? [])].sort())).toEqual(new Map([...(other ?? [])].sort()))
  })

  it('leaves out types that the catalogue does not know, and gives singletons their own', () => {
    const { source } = aligned(
      { 'garden/pond/a': {}, 'garden/shed/site': { motto: 'Come in' } },
      { 'garden/shed/site': { motto: 'Keep out' } },
    )

    expect(specsOf(source)).toEqual({ 'garden/shed/site': { motto: 'Come in' } })
    expect([...source.keys()].map(typeOf)).toEqual(['garden/shed'])
  })
})
