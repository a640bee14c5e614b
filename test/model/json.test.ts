import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, type Draft, draftOf, equalJson, type Json, parseJson, setKey, sortedKeys, writeJson } from '../../src/model/json.ts'

const anyJson = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }).filter((value) => !Number.isSafeInteger(Number(value))),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString')), tie('value'), { maxKeys: 4 }),
  ),
})).value

describe('parseJson and writeJson', () => {
  it('keep every digit of a whole number that a double cannot hold', () => {
    const text = '{"id":9007199254740993,"ids":[-92233720368547758070],"small":9007199254740991}'

    const value = parseJson(text)

    expect(value).toEqual({ id: 9007199254740993n, ids: [-92233720368547758070n], small: 9007199254740991 })
    expect(writeJson(value)).toBe(text)
  })

  it('find the number wherever it stands', () => {
    for (let before = 0; before < 40; before += 1) {
      const padding = 'x'.repeat(before)
      expect(parseJson(`["${padding}",9007199254740993]`)).toEqual([padding, 9007199254740993n])
    }
  })

  it('leave long digits inside text and fractions alone', () => {
    expect(parseJson('{"a":"90071992547409931234","b":0.1234567890123456}')).toEqual({ a: '90071992547409931234', b: 0.1234567890123456 })
  })

  it('take __proto__ as an ordinary key, with and without long numbers', () => {
    for (const text of ['{"__proto__":{"polluted":true}}', '{"__proto__":{"polluted":9007199254740993}}']) {
      const value = parseJson(text) as object

      expect(Object.keys(value)).toEqual(['__proto__'])
      expect((value as { polluted?: unknown }).polluted).toBeUndefined()
      expect(writeJson(value as Json)).toBe(text)
    }
  })

  it('throw SyntaxError for what is not JSON', () => {
    for (const text of ['', '{', '{"a":1,}', '<html>9007199254740993</html>']) expect(() => parseJson(text)).toThrow(SyntaxError)
  })

  it('indent when asked', () => {
    expect(writeJson({ a: [1n] }, 2)).toBe('{\n  "a": [\n    1\n  ]\n}')
  })

  it('give equal values back for any value', () => {
    fc.assert(fc.property(anyJson, (value) => equalJson(parseJson(writeJson(value)), value)))
  })
})

describe('sortedKeys', () => {
  const names = fc.uniqueArray(fc.oneof(fc.constantFrom('a', 'b', '10', '9', '', '__proto__', 'ä'), fc.string()), { maxLength: 6 })

  it('are those of the object in order of code unit, whatever objects were met before', () => {
    fc.assert(
      fc.property(names, fc.boolean(), (keys, turned) => {
        const object = {}
        for (const key of turned ? keys.toReversed() : keys) setKey(object, key, 1)
        expect(sortedKeys(object)).toEqual(Object.keys(object).sort())
      }),
    )
  })

  it('are so beyond the number of forms that are remembered, too', () => {
    for (let number = 0; number < 12_000; number += 1) {
      const object = { [`b${number}`]: 1, a: 2 }
      if (number % 1000 === 0) expect(sortedKeys(object)).toEqual(['a', `b${number}`])
      else sortedKeys(object)
    }
    expect(sortedKeys({ z: 1, y: 2, x: 3 })).toEqual(['x', 'y', 'z'])
  })
})

describe('canonicalJson', () => {
  it('sorts keys at every depth by code unit and writes no white space', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x', B: 12345678901234567890n })).toBe(
      '{"B":12345678901234567890,"a":"x","b":[{"c":null,"d":1}]}',
    )
  })

  it('is the same text exactly for equal values', () => {
    fc.assert(fc.property(anyJson, anyJson, (a, b) => equalJson(a, b) === (canonicalJson(a) === canonicalJson(b))))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.nat(22), (head, zeros) => {
        const text = `${head}${'0'.repeat(zeros)}`
        return (
          equalJson(parseJson(text), parseJson(`${head}e${zeros}`)) ===
          (canonicalJson(parseJson(text)) === canonicalJson(parseJson(`${head}e${zeros}`)))
        )
      }),
    )
    fc.assert(fc.property(anyJson, (a) => canonicalJson(draftOf(a)) === canonicalJson(a) && equalJson(a, draftOf(a))))
  })
})

describe('equalJson', () => {
  it('sees no order in keys and order in lists', () => {
    expect(equalJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true)
    expect(equalJson([1, 2], [2, 1])).toBe(false)
  })

  it('tells null, absent, empty list and empty object apart', () => {
    const values: (Json | undefined)[] = [null, undefined, [], {}, '', 0, false]

    for (const [i, a] of values.entries()) for (const [j, b] of values.entries()) expect(equalJson(a, b)).toBe(i === j)
  })

  it('does not take an inherited property for a value', () => {
    expect(equalJson({ toString: 1 }, { valueOf: 1 })).toBe(false)
    expect(equalJson(parseJson('{"__proto__":1}'), parseJson('{"a":1}'))).toBe(false)
  })

  it('called minus zero and zero different, though both are written as 0', () => {
    expect(equalJson(parseJson('-0'), parseJson('0'))).toBe(true)
  })

  it('called a big number and its own digits different, though both are written alike', () => {
    expect(equalJson(parseJson('1e20'), parseJson('100000000000000000000'))).toBe(true)
  })
})

describe('draftOf and setKey', () => {
  it('copy deeply, so that the original never changes', () => {
    const original = { list: [{ a: 1 }] }

    const draft = draftOf(original) as { list: { a: number }[] }
    ;(draft.list[0] as { a: number }).a = 2

    expect(original).toEqual({ list: [{ a: 1 }] })
  })

  it('keep __proto__ an own key and leave the prototype alone', () => {
    const object: { [key: string]: Draft } = {}

    setKey(object, '__proto__', { polluted: true })

    expect(Object.keys(object)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
    expect(Object.keys(draftOf(object) as object)).toEqual(['__proto__'])
  })
})
