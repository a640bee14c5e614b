import { type TSchema, Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { undescribedIn } from '../../src/engine/spec-schema.ts'
import { schemaOf } from '../../src/lib/schema.ts'
import type { Json } from '../../src/model/json.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'

const named = Type.Object({ id: Type.String(), name: Type.String(), description: Type.Optional(Type.String()) })
const typeWith = (shape: TSchema): ResourceType =>
  ({ name: 'jira/thing', shape: schemaOf(shape), id: '/id', volatile: ['/self'] }) as unknown as ResourceType
const added = (shape: TSchema, spec: Json, before: Json = {}) => undescribedIn(spec, before, typeWith(shape))

describe('a property that an edit adds', () => {
  it.each<[string, TSchema, Json, readonly string[]]>([
    ['is undescribed where the type has none of that name', named, { name: 'x', descripton: 'y' }, ['/descripton']],
    ['is undescribed where it is kept out of resources', named, { name: 'x', id: '7', self: 'https://…' }, ['/id', '/self']],
    [
      'is undescribed by all parts of an intersection',
      Type.Intersect([named, Type.Object({ tabs: Type.Array(named) })]),
      { tabs: [], tab: [] },
      ['/tab'],
    ],
    ['is undescribed within a list', Type.Object({ tabs: Type.Array(named) }), { tabs: [{ nmae: 'x' }, { name: 'x' }] }, ['/tabs/0/nmae']],
    [
      'is described by one part of an intersection',
      Type.Intersect([named, Type.Object({ tabs: Type.Array(named) })]),
      { description: 'x', tabs: [{ description: 'y' }] },
      [],
    ],
    [
      'is described by one alternative',
      Type.Object({ of: Type.Union([Type.String(), named, Type.Object({ key: Type.String() })]) }),
      { of: { key: 'x', description: 'y', kye: 'z' } },
      ['/of/kye'],
    ],
    [
      'may have any name in a map',
      Type.Object({ all: Type.Record(Type.String(), named) }),
      { all: { a: { name: 'x' }, b: { nmae: 'x' } } },
      ['/all/b/nmae'],
    ],
    [
      'may have any name beside those of a map',
      Type.Object({ all: Type.Object({ known: Type.String() }, { additionalProperties: named }) }),
      { all: { known: 'x', other: { name: 'x', nmae: 'x' } } },
      ['/all/other/nmae'],
    ],
    ['may be anything where anything may stand', Type.Object({ rule: Type.Unknown() }), { rule: { config: [{ a: 1 }] } }, []],
    [
      'may be anything where one alternative is that',
      Type.Object({ of: Type.Union([named, Type.Unsafe({ type: 'object' })]) }),
      { of: { a: 1 } },
      [],
    ],
    [
      'may be called as what every object has',
      named,
      JSON.parse('{"name": "x", "toString": "y", "__proto__": {}}'),
      ['/toString', '/__proto__'],
    ],
  ])('%s', (_, shape, spec, places) => {
    expect(added(shape, spec)).toEqual(places)
  })

  it('is no addition where the site gave it, there or in another member of the list', () => {
    const shape = Type.Object({ tabs: Type.Array(named) })
    const before = { more: { a: 1 }, tabs: [{ name: 'x', badge: 'red' }] }
    expect(
      added(
        shape,
        {
          more: { b: 2 },
          tabs: [
            { name: 'y', badge: 'blue', bagde: 'blue' },
            { name: 'x', badge: 'red' },
          ],
        },
        before,
      ),
    ).toEqual(['/tabs/0/bagde'])
    expect(added(shape, { tabs: [], badge: 'red' }, before)).toEqual(['/badge'])
  })
})
