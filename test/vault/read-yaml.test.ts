import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDocument, readDocuments } from '../../src/vault/read-yaml.ts'
import { jsonOf, limits, type Tree, type TreeMap, treeOf } from '../../src/vault/tree.ts'
import { writeMap } from '../../src/vault/write-yaml.ts'
import { awkwardKeys, awkwardTexts, documents } from './arbitrary.ts'

const read = (text: string): unknown => jsonOf(readDocument(text))
const refused = (line: number, what: RegExp) =>
  expect.objectContaining({ code: 'VAULT_MALFORMED', data: { line }, message: expect.stringMatching(what) })

/** Without the lines, which a tree that was not read has not. */
function bare(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map(bare)
  if (tree === null || typeof tree !== 'object') return tree
  const { keys, values } = tree as TreeMap
  return { keys, values: values.map(bare) }
}

describe('YAML as we write it', () => {
  it('is read back to the same tree', () => {
    fc.assert(
      fc.property(documents(), (document) => {
        const tree = treeOf(document)
        expect(bare(readDocument(writeMap(tree as TreeMap)))).toEqual(tree)
      }),
      { numRuns: 300 },
    )
  })

  it.each(awkwardTexts)('holds the awkward text %j as a value, an item and a key', (text) => {
    const document = { [text]: [text, { [text]: text }], z: text }

    expect(read(writeMap(treeOf(document) as TreeMap))).toEqual(document)
  })

  it('shows what turns the direction of a text around, in a block as well', () => {
    const document = { script: 'if (isAdmin) {\u202e\n}\u2066', text: '\u202d1' }

    expect(writeMap(treeOf(document) as TreeMap)).toBe('script: "if (isAdmin) {\\u202E\\n}\\u2066"\ntext: "\\u202D1"\n')
    expect(read(writeMap(treeOf(document) as TreeMap))).toEqual(document)
  })

  it('has the shape that go-yaml gives it', () => {
    const document = { a: { b: [1, { c: 2, d: [3] }, [4, [5]]] }, e: [], f: {}, g: null, h: '', i: true, '10': 'x', y: 'one\ntwo' }

    expect(writeMap(treeOf(document) as TreeMap)).toBe(`"10": x
a:
    b:
        - 1
        - c: 2
          d:
            - 3
        - - 4
          - - 5
e: []
f: {}
g: null
h: ""
i: true
"y": |-
    one
    two
`)
  })

  it('writes numbers so that they stay of their kind', () => {
    const numbers = [0, -0, 1.5, 1e21, 1e20, 1e-7, 2 ** 53, 2n ** 63n - 1n]

    expect(writeMap(treeOf({ numbers }) as TreeMap)).toBe(`numbers:
    - 0
    - -0.0
    - 1.5
    - 1e+21
    - 100000000000000000000.0
    - 1e-07
    - 9007199254740992.0
    - 9223372036854775807
`)
  })
})

describe('YAML of others', () => {
  it('is read with any indent, comments, literal blocks and several documents', () => {
    const text = `---
# a comment
key: value # another
list:
- one
-   two: 2
    three: |+
      text

      more

nested:
  deep:   'it''s'
  "quoted: key": "\\u00e4\\x41\\U0001F600\\n"
  ? long
  : value
#ENC[AES256_GCM,data:x,iv:x,tag:x,type:comment]
empty:
...
---
second: true
`
    expect(readDocuments(text).map((document) => jsonOf(document))).toEqual([
      {
        key: 'value',
        list: ['one', { two: 2, three: 'text\n\nmore\n\n' }],
        nested: { deep: "it's", 'quoted: key': 'äA😀\n', long: 'value' },
        empty: null,
      },
      { second: true },
    ])
  })

  it('resolves plain scalars as go-yaml does (X07)', () => {
    const plain = ['yes', 'no', '012', '0o17', '0x1F', '0b11', '1_000', '1e3', '.5', '-0', '12:30', 'true', '~', '+5', '08', '1.2.3']
    const expected = ['yes', 'no', 10, 15, 31, 3, 1000, 1000, 0.5, 0, '12:30', true, null, 5, 8, '1.2.3']

    expect(read(`a:\n${plain.map((text) => `  - ${text}\n`).join('')}`)).toEqual({ a: expected })
  })

  it('keeps keys in their order, whatever they are called (X05)', () => {
    const { keys } = readDocument('zeta: 1\n"10002": 2\n"10001": 3\n__proto__: 4\nconstructor: 5\n')

    expect(keys).toEqual(['zeta', '10002', '10001', '__proto__', 'constructor'])
    const value = read('__proto__:\n    polluted: true\n') as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('YAML that could harm is refused with its line', () => {
  const cases: readonly (readonly [string, string, number, RegExp])[] = [
    ['anchors (X01)', 'a: 1\nb: &x 2\n', 2, /anchor/],
    ['aliases (X01)', 'a:\n    - *x\n', 2, /alias/],
    ['flow lists (X02)', `a: ${'['.repeat(1000)}${']'.repeat(1000)}\n`, 1, /brackets/],
    ['flow maps', 'a: {b: 1}\n', 1, /braces/],
    ['deep maps (X02)', Array.from({ length: 70 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''), 65, /levels/],
    ['deep lists (X02)', `a:\n${'- '.repeat(1000)}x\n`, 2, /levels/],
    ['duplicate keys (X06)', 'a: 1\nb: 2\na: 3\n', 3, /already/],
    ['duplicate keys among many (X06)', `${keys(100)}k7: 1\n`, 101, /already/],
    ['merge keys (X06)', 'a:\n    <<: x\n', 2, /merge/],
    ['tags (X06)', 'a: !!js/function x\n', 1, /tag/],
    ['keys that are no strings', 'a: 1\n10: 2\n', 2, /no string/],
    ['unquoted dates (X07)', 'a: 2026-01-01\n', 1, /date/],
    ['byte order marks (X08)', '\ufeffa: 1\n', 1, /byte order mark/],
    ['lone surrogates (X08)', 'a: \ud800\n', 1, /surrogate/],
    ['line breaks that some know and some do not (X08)', 'a: x\u2028y\n', 1, /control/],
    ['carriage returns', 'a: 1\r\nb: 2\r\n', 1, /carriage/],
    ['NUL', 'a: 1\nb: \0\n', 2, /control/],
    ['tabs in the margin', 'a:\n\tb: 1\n', 2, /tab/],
    ['folded texts', 'a: >\n    b\n', 1, /folded/],
    ['quotes that do not end', 'a: "b\n    c"\n', 1, /end on this line/],
    ['escapes of surrogates', 'a: "\\ud800"\n', 1, /escape/],
    ['margins that fit nothing', 'a:\n        b: 1\n    c: 1\n', 3, /margin/],
    ['values on two lines', 'a: b\n    c\n', 2, /margin/],
    ['keys in values', 'a: b: c\n', 1, /inside a value/],
    ['lists at the top', '- a\n', 1, /map/],
    ['numbers beyond 64 bits', 'a: 18446744073709551616\n', 1, /64 bits/],
    ['numbers of a million digits', `a: ${'9'.repeat(1_000_000)}\n`, 1, /64 bits/],
    ['numbers that are none', 'a: .inf\n', 1, /finite/],
  ]

  it.each(cases)('%s', (_what, text, line, message) => {
    expect(() => readDocument(text)).toThrow(refused(line, message))
  })

  it('more than 20,000 keys in a map, and more than 8 MiB (X03, X04)', () => {
    expect(readDocument(keys(limits.keysPerMap)).keys).toHaveLength(limits.keysPerMap)
    expect(() => readDocument(keys(limits.keysPerMap + 1))).toThrow(refused(limits.keysPerMap + 1, /keys in a map/))
    expect(() => readDocument(`a: ${'x'.repeat(limits.bytes)}\n`)).toThrow(expect.objectContaining({ code: 'VAULT_TOO_LARGE' }))
    expect(() => readDocument(`a: ${'ü'.repeat(limits.bytes / 2)}\n`)).toThrow(expect.objectContaining({ code: 'VAULT_TOO_LARGE' }))
  })

  it('never tells what stands on the line', () => {
    const error = (() => {
      try {
        return readDocument('password: &x hunter2\n')
      } catch (caught) {
        return String(caught) + JSON.stringify(caught)
      }
    })()

    expect(error).not.toContain('hunter2')
  })

  it('bytes at random: it refuses or reads, and does nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...' \n-:?|"\'#&*!{}[]<>,%@`ab01~.\\') }), (text) => {
        try {
          readDocuments(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'VAULT_MALFORMED' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('what cannot be sealed is told with its place', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

  it.each([
    [{ a: ['\ud800'] }, '/a/0'],
    [{ '\udc00': 1 }, ''],
    [{ a: { 'b/c': Number.NaN } }, '/a/b~1c'],
    [{ a: 2n ** 63n }, '/a'],
    [{ a: undefined }, '/a'],
    [nested(65), '/0'.repeat(64)],
    [Object.fromEntries(Array.from({ length: 20_001 }, (_, index) => [`k${index}`, 1])), ''],
  ])('case %#', (value, at) => {
    expect(() => treeOf(value as never)).toThrow(expect.objectContaining({ code: 'VAULT_UNSEALABLE', data: { at } }))
  })

  it('keys of any length and kind can', () => {
    const document = Object.fromEntries([...awkwardKeys, 'x'.repeat(5000)].map((key) => [key, { [key]: [1] }]))

    expect(read(writeMap(treeOf(document) as TreeMap))).toEqual(document)
  })
})

function keys(count: number): string {
  return Array.from({ length: count }, (_, index) => `k${index}: 1\n`).join('')
}
