import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Draft, draftOf, type Json } from '../../src/model/json.ts'
import {
  drop,
  edit,
  editEach,
  firstAt,
  type Path,
  patternsOf,
  placeIn,
  removePlaces,
  segmentsOf,
  select,
  valuesAt,
} from '../../src/model/path.ts'

const places = (document: Json, path: Path) => {
  const found = [...select(document as Draft, path)]
  // Whoever asks for the values alone gets the same ones.
  expect(valuesAt(document as Draft, path)).toEqual(found.map(({ value }) => value))
  expect(firstAt(document as Draft, path)).toEqual(found[0]?.value)
  return found.map(({ at, value }) => [at, value])
}

describe('select', () => {
  it('names one place, the root included', () => {
    expect(places({ a: { b: 1 } }, '/a/b')).toEqual([['/a/b', 1]])
    expect(places(5, '')).toEqual([['', 5]])
    expect(places({ a: null }, '/a')).toEqual([['/a', null]])
    expect(places({ a: 1 }, '/a/b')).toEqual([])
    expect(places({}, '/toString')).toEqual([])
  })

  it('takes every member of a list or object for *', () => {
    expect(places({ a: [{ id: 1 }, { x: 2 }, { id: 3 }], b: { c: { id: 4 } } }, '/*/*/id')).toEqual([
      ['/a/0/id', 1],
      ['/a/2/id', 3],
      ['/b/c/id', 4],
    ])
  })

  it('finds any depth, none included, for **', () => {
    expect(places({ id: 1, a: [{ id: 2, b: { id: 3 } }] }, '/**/id')).toEqual([
      ['/id', 1],
      ['/a/0/id', 2],
      ['/a/0/b/id', 3],
    ])
  })

  it('names a place once, however many ways lead to it', () => {
    expect(places(['x', ['x', {}]], '/**/1/**')).toEqual([
      ['/1', ['x', {}]],
      ['/1/0', 'x'],
      ['/1/1', {}],
    ])
    expect(places({ a: { b: { id: 1 } }, b: 2 }, '/**/b/**')).toEqual([
      ['/a/b', { id: 1 }],
      ['/a/b/id', 1],
      ['/b', 2],
    ])
  })

  it('gives keys for ~ and none for lists', () => {
    expect(places({ a: { x: 1, 'y/z': 2 } }, '/a/~')).toEqual([
      ['/a/x', 'x'],
      ['/a/y~1z', 'y/z'],
    ])
    expect(places({ a: ['x'] }, '/a/~')).toEqual([])
  })

  it('hands over the holder, so that siblings can be asked', () => {
    const document = { a: [{ kind: 'bed', id: 1 }] }

    expect([...select(document, '/a/*/id')].map(({ holder }) => holder)).toEqual([{ kind: 'bed', id: 1 }])
  })
})

describe('placeIn and segmentsOf', () => {
  it('escape a key as JSON Pointer does', () => {
    expect(placeIn('/a', 'b/c~d')).toBe('/a/b~1c~0d')
    expect(placeIn('', 3)).toBe('/3')
    expect(segmentsOf('')).toEqual([])
    expect(segmentsOf('/a/*/~')).toEqual(['a', '*', '~'])
  })
})

describe('edit', () => {
  it('replaces in place and answers another root where the root is replaced', () => {
    const document = { a: 1 }

    expect(edit(document, '/a', () => 2)).toBe(document)
    expect(document).toEqual({ a: 2 })
    expect(edit(document, '', () => 'new')).toBe('new')
    expect(edit(document, '', () => drop)).toBe(null)
  })

  it('drops keys and closes up lists, while places are told by their old index', () => {
    const document: Draft = { list: ['a', 'b', 'c', 'd'], x: 1 }
    const seen: string[] = []

    edit(document, '/list/*', (value, at) => {
      seen.push(`${at}=${value}`)
      return value === 'a' || value === 'c' ? drop : value
    })

    expect(edit(document, '/x', () => drop)).toEqual({ list: ['b', 'd'] })
    expect(seen).toEqual(['/list/0=a', '/list/1=b', '/list/2=c', '/list/3=d'])
  })

  it('lets a sibling be looked at until all of its holder was visited, whichever comes first', () => {
    for (const document of [
      { kind: 'a', id: 1 },
      { id: 1, kind: 'a' },
    ]) {
      const seen: unknown[] = []
      const after = editEach(document, patternsOf(['/kind', '/id']), (value, which, _at, holder) => {
        if (which === 0) return drop
        seen.push((holder as { kind: string }).kind)
        return value
      })

      expect(seen).toEqual(['a'])
      expect(after).toEqual({ id: 1 })
    }
  })

  it('drops at a fixed index', () => {
    expect(edit(['a', 'b', 'c'], '/1', () => drop)).toEqual(['a', 'c'])
    expect(edit(['a'], '/7', () => drop)).toEqual(['a'])
  })

  it('drops at any depth', () => {
    expect(edit({ self: 1, a: [{ self: 2, keep: { self: 3, b: 4 } }] }, '/**/self', () => drop)).toEqual({ a: [{ keep: { b: 4 } }] })
  })

  it('changes text anywhere with a bare **', () => {
    expect(edit({ a: 'x', b: ['x', { c: 'x' }] }, '/**', (value) => (value === 'x' ? 'y' : value))).toEqual({
      a: 'y',
      b: ['y', { c: 'y' }],
    })
  })

  it('renames keys in their order and drops them with their values', () => {
    const document: Draft = { map: { a: 1, b: 2, c: 3 } }

    edit(document, '/map/~', (key) => (key === 'b' ? drop : `${key}${key}`))

    expect(JSON.stringify(document)).toBe('{"map":{"aa":1,"cc":3}}')
  })

  it('keeps a key called __proto__ a key', () => {
    const document = draftOf(JSON.parse('{"__proto__":{"a":1},"x":{"b":2}}') as Json)

    edit(document, '/*', (value) => ({ was: value }))
    edit(document, '/~', (key) => (key === 'x' ? '__proto__' : 'y'))

    expect(Object.keys(document as object)).toEqual(['y', '__proto__'])
    expect(Object.getPrototypeOf(document)).toBe(Object.prototype)
  })

  it('visits exactly the places that select names', () => {
    const anyPath = fc
      .array(fc.constantFrom('a', 'b', '*', '**', '0', '1'), { maxLength: 4 })
      .chain((head) => fc.constantFrom<readonly string[]>(head, [...head, '~']))
      .map((segments) => segments.map((segment) => `/${segment}`).join('') as Path)
    const document = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('x', 1, null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c/d'), tie('value'), { maxKeys: 3 }),
      ),
    })).value

    fc.assert(
      fc.property(document, anyPath, (value, path) => {
        const visited: string[] = []
        const before = JSON.stringify(value)

        const after = edit(draftOf(value), path, (inner, at) => {
          visited.push(at)
          return inner
        })

        expect(JSON.stringify(after)).toBe(before)
        // In whatever order: keys are renamed after what stands below them was changed.
        expect(visited.sort()).toEqual(
          places(value, path)
            .map(([at]) => at)
            .sort(),
        )
      }),
    )
  })
})

describe('removePlaces', () => {
  it('removes several members of one list by the indexes they had', () => {
    expect(removePlaces({ list: ['a', 'b', 'c', 'd'] }, ['/list/0', '/list/2'])).toEqual({ list: ['b', 'd'] })
    expect(removePlaces({ list: [...'abcdefghijkl'] }, ['/list/2', '/list/10'])).toEqual({ list: [...'abdefghijl'] })
  })

  it('removes inside a member that follows a removed one', () => {
    expect(removePlaces({ list: [{ x: 1 }, { x: 2, y: 3 }] }, ['/list/0', '/list/1/x'])).toEqual({ list: [{ y: 3 }] })
  })

  it('reads escaped keys and passes over what is not there', () => {
    expect(removePlaces({ 'a/b': { 'c~d': 1, e: 2 } }, ['/a~1b/c~0d', '/a~1b/c~0d', '/nothing/here', '/a~1b/9'])).toEqual({
      'a/b': { e: 2 },
    })
  })
})
