import { describe, expect, it } from 'vitest'
import { capture } from '../../src/engine/capture.ts'
import { resolve } from '../../src/engine/resolve.ts'
import { isAddress } from '../../src/model/address.ts'
import { bindingsOf } from '../../src/model/bindings.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Resource } from '../../src/model/resource.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'
import { aSite, captureOf, gap, noBindings, readingOf, specsOf } from './builder.ts'
import { garden } from './garden.ts'

const bed = (id: number, name: string, more: JsonObject = {}): JsonObject => ({ id, name, ...more })
const plant = (key: string, bedId: number, name: string, more: JsonObject = {}): JsonObject => ({ key, bed: bedId, name, ...more })
const view = (id: string, name: string, more: JsonObject = {}): JsonObject => ({ id, name, ...more })

describe('addresses', () => {
  it('come from names at first sight, of a child from its parent too, of a singleton from nothing', async () => {
    const site = aSite()
      .with('garden/bed', bed(1, 'Rose Bed'))
      .with('garden/plant', plant('plant-2', 1, 'Red Rose'))
      .build()

    const { snapshot, bindings } = await captureOf(site)

    expect([...snapshot.keys()].sort()).toEqual(['garden/bed/rose-bed', 'garden/plant/rose-bed--red-rose', 'garden/shed/site'])
    expect([...bindings.entries()]).toEqual([
      ['garden/bed/rose-bed', '1'],
      ['garden/plant/rose-bed--red-rose', 'plant-2'],
      ['garden/shed/site', 'site'],
    ])
  })

  it('stay for the life of an object, also when it and its parent are renamed', async () => {
    const first = await captureOf(
      aSite()
        .with('garden/bed', bed(1, 'Roses'))
        .with('garden/plant', plant('plant-2', 1, 'Red'))
        .build(),
    )
    const later = aSite()
      .with('garden/bed', bed(1, 'Tulips'))
      .with('garden/plant', plant('plant-2', 1, 'Blue'))
      .build()

    const { snapshot } = await captureOf(later, first.bindings)

    expect(snapshot.get('garden/bed/roses')?.spec).toEqual({ name: 'Tulips' })
    expect(snapshot.get('garden/plant/roses--red')?.spec).toEqual({ bed: 'garden/bed/roses', name: 'Blue' })
    expect(snapshot.size).toBe(3)
  })

  it('are told apart in order of creation where names collide, whatever order the listing has', () => {
    const items = [bed(10, 'Bed'), bed(9, 'bed!'), bed(100, 'BED')]

    for (const order of [items, items.toReversed()]) {
      const { bindings } = capture([readingOf('garden/bed', order)], garden, noBindings)

      expect([...bindings.entries()]).toEqual([
        ['garden/bed/bed', '9'],
        ['garden/bed/bed-2', '10'],
        ['garden/bed/bed-3', '100'],
      ])
    }
  })

  it('depended on the order of the listing where ids were of several forms', () => {
    const items = ['b9', 'a10', 'ab', '7', '0f3e-1', 'customfield_10', 'customfield_9'].map((id) => view(id, 'Same'))
    const bound = (order: readonly JsonObject[]) => [...capture([readingOf('garden/view', order)], garden, noBindings).bindings.entries()]
    const expected = bound(items)

    for (let turn = 1; turn < items.length; turn += 1) {
      const order = [...items.slice(turn), ...items.slice(0, turn)]
      expect(bound(order)).toEqual(expected)
      expect(bound(order.toReversed())).toEqual(expected)
    }
    const slugs = new Map(expected.map(([address, id]) => [id, address]))
    expect(slugs.get('customfield_9')).not.toBe(slugs.get('customfield_10'))
    expect(Number(slugs.get('customfield_9')?.split('-')[1])).toBeLessThan(Number(slugs.get('customfield_10')?.split('-')[1]))
  })

  it('never pass from a deleted object to another, and return to the same one', () => {
    const before = capture([readingOf('garden/bed', [bed(1, 'Bed')])], garden, noBindings).bindings.bury(['garden/bed/bed'])

    const other = capture([readingOf('garden/bed', [bed(2, 'Bed')])], garden, before)
    const same = capture([readingOf('garden/bed', [bed(2, 'Bed'), bed(1, 'Renamed')])], garden, before)

    expect([...other.snapshot.keys()]).toEqual(['garden/bed/bed-2'])
    expect(other.bindings.buried('garden/bed/bed')).toBe('1')
    expect(same.bindings.idOf('garden/bed/bed')).toBe('1')
    expect(same.bindings.buried('garden/bed/bed')).toBeUndefined()
    expect(same.snapshot.get('garden/bed/bed')?.spec).toEqual({ name: 'Renamed' })
  })

  it('are one for an object that a listing gave twice', () => {
    const { snapshot, bindings } = capture([readingOf('garden/bed', [bed(1, 'Bed'), bed(1, 'Bed')])], garden, noBindings)

    expect(snapshot.size).toBe(1)
    expect([...bindings.entries()]).toEqual([['garden/bed/bed', '1']])
  })

  it('were two for a part that a listing gave twice', () => {
    const labels = [
      { id: 5, text: 'New' },
      { id: 5, text: 'New' },
    ]

    const { bindings } = capture(
      [readingOf('garden/bed', [bed(1, 'Bed')]), readingOf('garden/plant', [plant('plant-2', 1, 'Rose', { labels })])],
      garden,
      noBindings,
    )

    expect([...bindings.entries()].filter(([, id]) => id === '5')).toEqual([['garden/plant/bed--rose#label/new', '5']])
  })

  it('of parts are kept within their owner and given back like those of resources', () => {
    const read = (stones: JsonObject[], known = noBindings) =>
      capture(
        [
          readingOf('garden/path', [
            { id: 'w1', title: 'A', stones },
            { id: 'w2', title: 'B', stones },
          ]),
        ],
        garden,
        known,
      )
    const first = read([
      { id: '1', colour: 'red' },
      { id: '2', colour: 'red' },
    ])

    const renamed = read([{ id: '2', colour: 'blue' }], first.bindings.bury(['garden/path/a#stone/red', 'garden/path/b#stone/red']))
    const back = read(
      [
        { id: '1', colour: 'green' },
        { id: '3', colour: 'red' },
      ],
      renamed.bindings,
    )

    expect(renamed.snapshot.get('garden/path/b')?.spec).toEqual({
      title: 'B',
      stones: [{ id: 'garden/path/b#stone/red-2', colour: 'blue' }],
    })
    expect(back.snapshot.get('garden/path/a')?.spec).toEqual({
      title: 'A',
      stones: [
        { id: 'garden/path/a#stone/red', colour: 'green' },
        { id: 'garden/path/a#stone/red-3', colour: 'red' },
      ],
    })
  })

  it('are keyed hashes where slugs are opaque, and still follow the parent', async () => {
    const site = aSite()
      .with('garden/bed', bed(1, 'Secret'))
      .with('garden/plant', plant('plant-2', 1, 'Project X'))
      .build()
    const slugKey = new Uint8Array(32).fill(1)

    const { snapshot } = await captureOf(site, noBindings, { slugKey })
    const other = await captureOf(site, noBindings, { slugKey: new Uint8Array(32).fill(2) })

    const addresses = [...snapshot.keys()].filter((address) => !address.includes('shed'))
    expect(addresses.join()).toMatch(/^garden\/bed\/([0-9a-f]{20}),garden\/plant\/\1--[0-9a-f]{20}$/)
    expect([...other.snapshot.keys()]).not.toEqual([...snapshot.keys()])
  })

  it('are valid for the most hostile names', () => {
    const names = [
      '../../x',
      '.git',
      'CON',
      '',
      '🌱',
      'משימה',
      'a\u0000b',
      'x'.repeat(10_000),
      '--',
      '#label/x',
      '⟦garden/bed/a⟧',
      '__proto__',
    ]
    const readings = [
      readingOf(
        'garden/bed',
        names.map((name, index) => bed(index + 1, name)),
      ),
      readingOf(
        'garden/plant',
        names.map((name, index) => plant(`plant-${index + 1}`, index + 1, name, { labels: [{ id: index, text: name }] })),
      ),
    ]

    const { snapshot, bindings } = capture(readings, garden, noBindings)

    expect(snapshot.size).toBe(2 * names.length)
    for (const [address] of bindings.entries()) expect([address, isAddress(address)]).toEqual([address, true])
  })

  it('find the parent by whichever spelling the child names it', () => {
    // A path refers to its bed by name; taken as its parent, the slug must follow that bed.
    const child = { ...garden.type('garden/path'), parent: '/from' } as never
    const types = [garden.type('garden/bed'), child] as never[]
    const catalogue = { types, type: (name: string) => (name === 'garden/path' ? child : garden.type(name as never)) } as typeof garden

    const { snapshot } = capture(
      [readingOf('garden/bed', [bed(1, 'Roses')]), readingOf('garden/path', [{ id: 'w1', title: 'A', from: 'Roses' }])],
      catalogue,
      noBindings,
    )

    expect([...snapshot.keys()]).toContain('garden/path/roses--a')
  })

  it('of many objects with one name are found without counting from the start each time', () => {
    const items = Array.from({ length: 20_000 }, (_, index) => bed(index + 1, 'Same'))

    const { bindings } = capture([readingOf('garden/bed', items)], garden, noBindings)

    expect(bindings.idOf('garden/bed/same-20000')).toBe('20000')
  })
})

describe('documents', () => {
  it('lose the id and what changes by itself, and keep everything else, undescribed too', () => {
    const item = bed(1, 'Bed', {
      watered: 'today',
      visits: [{ at: 1, by: 'x' }],
      newField: { deep: [null, 0, '', false] },
      big: 12345678901234567890n,
    })

    const { snapshot } = capture([readingOf('garden/bed', [item])], garden, noBindings)

    expect(snapshot.get('garden/bed/bed')?.spec).toEqual({
      name: 'Bed',
      visits: [{ by: 'x' }],
      newField: { deep: [null, 0, '', false] },
      big: 12345678901234567890n,
    })
  })

  it('never change what the listing gave', () => {
    const item = Object.freeze(bed(1, 'Bed', { watered: 1, tags: Object.freeze(['b', 'a']) as never }))

    capture([readingOf('garden/bed', [item])], garden, noBindings)

    expect(item).toEqual(bed(1, 'Bed', { watered: 1, tags: ['b', 'a'] }))
  })

  it('hold addresses for ids of every form: number, text, key, name, part, by sibling', async () => {
    const site = aSite()
      .with('garden/bed', bed(1, 'Roses', { neighbour: 2, favourite: 'plant-3' }))
      .with('garden/bed', bed(2, 'Tulips'))
      .with('garden/plant', plant('plant-3', 1, 'Red', { labels: [{ id: 7, text: 'Old' }], 'main-label': 7 }))
      .with('garden/path', {
        id: 'way:4-a',
        title: 'Path',
        from: 'Tulips',
        signs: { 'plant-3': { under: 2 }, other: {} },
        marks: [
          { kind: 'plant', id: 'plant-3' },
          { kind: 'bed', id: 2 },
          { kind: 'stone', id: 2 },
        ],
        stones: [{ id: '1', colour: 'Red' }],
        'first-stone': '1',
        label: 7,
      })
      .build()

    const { snapshot, findings } = await captureOf(site)

    const specs = specsOf(snapshot)
    expect(specs['garden/bed/roses']).toEqual({ name: 'Roses', neighbour: 'garden/bed/tulips', favourite: 'garden/plant/roses--red' })
    expect(specs['garden/plant/roses--red']).toEqual({
      bed: 'garden/bed/roses',
      name: 'Red',
      labels: [{ id: 'garden/plant/roses--red#label/old', text: 'Old' }],
      'main-label': 'garden/plant/roses--red#label/old',
    })
    expect(specs['garden/path/path']).toEqual({
      title: 'Path',
      from: 'garden/bed/tulips',
      signs: { 'garden/plant/roses--red': { under: 'garden/bed/tulips' }, '⟦?garden/plant|other⟧': {} },
      marks: [
        { kind: 'bed', id: 'garden/bed/tulips' },
        { kind: 'plant', id: 'garden/plant/roses--red' },
        { kind: 'stone', id: 2 },
      ],
      stones: [{ id: 'garden/path/path#stone/red', colour: 'Red' }],
      'first-stone': 'garden/path/path#stone/red',
      label: 'garden/plant/roses--red#label/old',
    })
    expect(findings.map(({ at }) => at)).toEqual(['/signs/other'])
  })

  it('hold marks inside text, in the spelling that stood there, and double the bracket', async () => {
    const note = 'Between bed(1) and bed "Tulips": plant(plant-3) ⟦not a mark⟧; pond(9); bed(999).'
    const site = aSite()
      .with('garden/bed', bed(1, 'Roses'))
      .with('garden/bed', bed(2, 'Tulips'))
      .with('garden/plant', plant('plant-3', 1, 'Red', { note }))
      .build()

    const { snapshot, findings } = await captureOf(site)

    expect(snapshot.get('garden/plant/roses--red')?.spec).toMatchObject({
      note: 'Between ⟦garden/bed/roses⟧ and ⟦garden/bed/tulips|name⟧: ⟦garden/plant/roses--red|call⟧ ⟦⟦not a mark⟧; pond(9); ⟦?garden/bed|999⟧.',
    })
    expect(findings).toMatchObject([{ code: 'REFERENCE_DANGLING', level: 'warning', at: '/note', address: 'garden/plant/roses--red' }])
  })

  it('mark an id that points at nothing and tell it without its value', () => {
    const { snapshot, findings } = capture([readingOf('garden/bed', [bed(1, 'Bed', { neighbour: 4711 })])], garden, noBindings)

    expect(snapshot.get('garden/bed/bed')?.spec).toEqual({ name: 'Bed', neighbour: '⟦?garden/bed|4711⟧' })
    expect(findings).toHaveLength(1)
    expect(JSON.stringify(findings)).not.toContain('4711')
  })

  it('do not say of what a listing may have left out that it does not exist', () => {
    const beds = [bed(1, 'Bed', { neighbour: 4711 })]

    const { findings } = capture([readingOf('garden/bed', beds, [gap()])], garden, noBindings)

    expect(findings[0]?.message).toBe('garden/bed/bed names a garden/bed at /neighbour that was not read.')
    expect(findings[0]?.cure).not.toContain('Remove')
  })

  it('keep literals, empty values and values of unknown shape as they are', () => {
    const paths = ['gate', '', null, true, ['x']].map((from, index) => ({ id: `w${index}`, title: `P${index}`, from }))

    const { snapshot, findings } = capture([readingOf('garden/path', paths)], garden, noBindings)

    expect(Object.values(specsOf(snapshot)).map((spec) => (spec as JsonObject)['from'])).toEqual(['gate', '', null, true, ['x']])
    expect(findings).toEqual([])
  })

  it('sort sets by their symbols, so that two sites with other ids give the same order', async () => {
    const one = aSite()
      .with('garden/bed', bed(1, 'Bed', { tags: ['wet', 'dry'] }))
      .with('garden/plant', plant('plant-8', 1, 'A'))
      .with('garden/plant', plant('plant-9', 1, 'B'))
      .with('garden/plant', plant('plant-7', 1, 'C', { companions: ['plant-9', 'plant-8'] }))
    const two = aSite()
      .with('garden/bed', bed(5, 'Bed', { tags: ['dry', 'wet'] }))
      .with('garden/plant', plant('plant-2', 5, 'A'))
      .with('garden/plant', plant('plant-1', 5, 'B'))
      .with('garden/plant', plant('plant-3', 5, 'C', { companions: ['plant-1', 'plant-2'] }))

    const [first, second] = [await captureOf(one.build()), await captureOf(two.build())]

    expect(first.snapshot).toEqual(second.snapshot)
    expect(first.snapshot.get('garden/plant/bed--c')?.spec).toMatchObject({ companions: ['garden/plant/bed--a', 'garden/plant/bed--b'] })
  })

  it('leave types alone that the catalogue does not know', () => {
    const { snapshot, bindings } = capture([readingOf('garden/pond', [{ id: 1 }])], garden, bindingsOf([['garden/pond/old', '1']]))

    expect(snapshot.size).toBe(0)
    expect(bindings.idOf('garden/pond/old')).toBe('1')
  })

  it('name the same object for a spelling that two bear, whatever order the listing has', () => {
    const beds = [bed(2, 'Twin'), bed(1, 'Twin')]
    const paths = readingOf('garden/path', [{ id: 'w', title: 'P', from: 'Twin' }])

    for (const order of [beds, beds.toReversed()]) {
      const { snapshot } = capture([readingOf('garden/bed', order), paths], garden, noBindings)
      expect(snapshot.get('garden/path/p')?.spec).toMatchObject({ from: 'garden/bed/twin' })
    }
  })
})

describe('gaps', () => {
  const known = bindingsOf([
    ['garden/bed/roses', '1'],
    ['garden/plant/roses--red', 'plant-3'],
    ['garden/plant/roses--red#label/old', '7'],
    ['garden/view/mine', '5'],
    ['garden/path/p#stone/red', '1'],
  ])

  it('took a text that somebody typed for the symbol that it looks like', async () => {
    const marks = ['garden/bed/roses', '⟦?garden/bed|1⟧'].map((id) => ({ kind: 'word', id }))
    const site = aSite().with('garden/bed', bed(1, 'Roses')).with('garden/path', { id: 'way:2', title: 'Path', marks }).build()

    const { snapshot } = await captureOf(site)

    const ids = (specsOf(snapshot)['garden/path/path'] as { marks: { id: string }[] }).marks.map(({ id }) => id)
    expect(ids).toEqual(['⟦=%E2%9F%A6?garden/bed%7C1%E2%9F%A7⟧', '⟦=garden/bed/roses⟧'])
    const path = garden.type('garden/path') as ResourceType
    const nobody = { idOf: () => undefined, spell: () => undefined }
    const { item, unresolved } = resolve(snapshot.get('garden/path/path') as Resource, path, nobody)
    expect(unresolved).toEqual([])
    expect(item).toMatchObject({ marks: [{ id: '⟦?garden/bed|1⟧' }, { id: 'garden/bed/roses' }] })
  })

  it('keep what was known of objects that could not be listed', () => {
    const readings = [readingOf('garden/bed', [bed(2, 'Tulips', { neighbour: 1, favourite: 'plant-3' })], [gap()])]

    const { snapshot, findings } = capture(readings, garden, known)

    expect(snapshot.get('garden/bed/tulips')?.spec).toEqual({
      name: 'Tulips',
      neighbour: 'garden/bed/roses',
      favourite: 'garden/plant/roses--red',
    })
    expect(findings).toEqual([])
  })

  it('made dangling marks of known ids that a text spells in words of its codec', () => {
    const note = 'plant(plant-3) in bed(1)'

    const { snapshot } = capture([readingOf('garden/plant', [plant('plant-4', 1, 'Blue', { note })], [gap()])], garden, known)

    expect(snapshot.get('garden/plant/roses--blue')?.spec).toMatchObject({ note: '⟦garden/plant/roses--red|call⟧ in ⟦garden/bed/roses⟧' })
  })

  it('ask who bears a name where the listing that would tell is missing', () => {
    const asked: string[] = []
    const spelled = (kind: string, spelling: string, value: string) => {
      asked.push(`${kind} ${spelling} ${value}`)
      return value === 'Roses' ? ('garden/bed/roses' as const) : undefined
    }

    const { snapshot } = capture([readingOf('garden/path', [{ id: 'w', title: 'P', from: 'Roses' }])], garden, known, { spelled })

    expect(snapshot.get('garden/path/p')?.spec).toMatchObject({ from: 'garden/bed/roses' })
    expect(asked).toEqual(['garden/bed name Roses'])
  })

  it('do not lend a part of one owner to another where ids repeat', () => {
    const { snapshot } = capture([readingOf('garden/path', [{ id: 'w', title: 'Q', 'first-stone': '1' }], [gap()])], garden, known)

    expect(snapshot.get('garden/path/q')?.spec).toMatchObject({ 'first-stone': '⟦?garden/path#stone|1⟧' })
  })

  it('marked a reference to an object that is only no longer visible as dangling', () => {
    const { snapshot, findings } = capture([readingOf('garden/view', [view('6', 'Other', { next: '5' })])], garden, known)

    expect(snapshot.get('garden/view/other')?.spec).toMatchObject({ next: 'garden/view/mine' })
    expect(findings).toEqual([])
  })

  it('do not hide that a complete listing lacks an object', () => {
    const { snapshot } = capture([readingOf('garden/bed', [bed(2, 'Tulips', { neighbour: 1 })])], garden, known)

    expect(snapshot.get('garden/bed/tulips')?.spec).toMatchObject({ neighbour: '⟦?garden/bed|1⟧' })
  })
})
