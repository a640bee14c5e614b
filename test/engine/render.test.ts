import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explain } from '../../src/engine/explain.ts'
import { changesAsText, eventAsText, findingsAsLines, placeAsText } from '../../src/engine/render.ts'
import { membersOf } from '../../src/engine/render-lists.ts'
import type { Address } from '../../src/model/address.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Json } from '../../src/model/json.ts'
import type { Path } from '../../src/model/path.ts'
import type { Step } from '../../src/model/plan.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'

const bed: ResourceType = {
  name: 'garden/bed',
  title: 'Bed',
  about: 'https://example.org',
  api: 'public',
  sees: 'all',
  shape: { json: {}, problem: () => undefined },
  id: '/id',
  identity: ['/name'],
  parts: [{ at: '/rows/*', kind: 'row', id: '/id', label: '/name', identity: ['/name'] }],
  secrets: ['/password'],
  read: async function* () {},
} as unknown as ResourceType

const address = 'garden/bed/roses' as Address

function diffOf(before: Json | undefined, after: Json | undefined): readonly string[] {
  const resource = (spec: Json | undefined) => (spec === undefined ? undefined : { address, spec })
  const explained = explain(resource(before), resource(after), bed, new Uint8Array(32))
  return changesAsText(explained === undefined ? [] : [explained]).split('\n')
}

const row = (slug: string, name: string, plants: readonly string[] = []) => ({ id: `${address}#row/${slug}`, name, plants })

describe('changes for a terminal', () => {
  it('name the object, each property that differs, and the counts', () => {
    expect(diffOf({ name: 'Roses', wet: false }, { name: 'Old roses', wet: true })).toEqual([
      '~ garden/bed/roses  (Bed, changed)',
      '    /name  "Roses" → "Old roses"',
      '    /wet  false → true',
      '',
      '0 added, 1 changed, 0 removed.',
      '',
    ])
  })

  it('say so when there are none', () => {
    expect(diffOf({ name: 'Roses' }, { name: 'Roses' })).toEqual(['No differences.', ''])
  })

  it('tell of an added object its address alone', () => {
    expect(diffOf(undefined, { name: 'Roses' })[0]).toBe('+ garden/bed/roses  (Bed, added)')
    expect(diffOf({ name: 'Roses' }, undefined)[0]).toBe('- garden/bed/roses  (Bed, removed)')
  })

  it('show a part by its slug, an added or removed one by its label', () => {
    const lines = diffOf({ rows: [row('a', 'First'), row('b', 'Second')] }, { rows: [row('a', 'The first'), row('c', 'Third')] })

    expect(lines.slice(1, 4)).toEqual([
      '    /rows/a/name  "First" → "The first"',
      '    /rows/b  removed "Second"',
      '    /rows/c  added "Third"',
    ])
  })

  it('tell what happened to the members of a list of texts', () => {
    const before = { rows: [row('a', 'First', ['one', 'two', 'three', 'four', 'five'])] }
    const after = { rows: [row('a', 'First', ['four', 'one', 'three', 'five', 'garden/plant/ivy'])] }

    expect(diffOf(before, after)[1]).toBe('    /rows/a/plants  removed "two"; added garden/plant/ivy; moved "four"')
  })

  it('tell of parts in another order that they moved, and nothing twice', () => {
    const [a, b, c, d] = [row('a', 'A'), row('b', 'B'), row('c', 'C'), row('d', 'D')]

    expect(diffOf({ rows: [a, b, c] }, { rows: [c, a, b, d] }).slice(1, 3)).toEqual(['    /rows/d  added "D"', '    /rows  moved c'])
  })

  it('show of two long texts the place where they begin to differ', () => {
    const script = 'x'.repeat(5000)
    const [, line = ''] = diffOf({ text: `${script} old end` }, { text: `${script} new end` })

    expect(line).toBe(`    /text  "…${'x'.repeat(23)} old end" → "…${'x'.repeat(23)} new end"`)
  })

  it('never show a declared secret, only whether it is another one', () => {
    const [, line = ''] = diffOf({ password: 'hunter2' }, { password: 'hunter3' })

    expect(line).toMatch(/^ {4}\/password {2}"secret [0-9a-f]{8}" → "secret [0-9a-f]{8}"$/)
  })

  it('stay one harmless line a property, whatever a site holds', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 300 })
    fc.assert(
      fc.property(texts, texts, texts, texts, (key, before, after, member) => {
        const lines = diffOf({ [key]: before, list: [member, before] }, { [key]: after, list: [after, member] })

        expect(lines.every((line) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line) && line.length < 2000)).toBe(true)
      }),
    )
  })
})

describe('a place', () => {
  it.each([
    ['/options/garden~1bed~1roses#row~1a/name', '/options/a/name'],
    ['/by/garden~1plant~1ivy', '/by/[garden/plant/ivy]'],
    ['/a~1b/c~0d/0', '/a/b/c~d/0'],
    ['', '/'],
  ])('%s is shown as %s', (place, shown) => {
    expect(placeAsText(place as Path)).toBe(shown)
  })
})

describe('the members of a list', () => {
  it('are told such that the new list can be made from the old one, but for the order of what moved', () => {
    const member = fc.constantFrom(...'abcdefgh')
    const told = (text: string, what: string) => new RegExp(`${what} ([^;]*)`).exec(text)?.[1]?.split(', ') ?? []
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), fc.array(member, { maxLength: 6 }), (before, after) => {
        const text = membersOf(before, after, (one) => one)
        const rest = [...before]
        for (const gone of told(text, 'removed')) rest.splice(rest.indexOf(gone), 1)

        expect([...rest, ...told(text, 'added')].sort()).toEqual([...after].sort())
        expect(text === '').toBe(before.join() === after.join())
      }),
    )
  })

  it('are counted where they are many', () => {
    const many = Array.from({ length: 20 }, (_, index) => `m${index}`)

    expect(membersOf([], many, (one) => one)).toBe('added m0, m1, m2, m3, m4, m5 and 14 more')
  })

  it('of a reversed list are told in their new order', () => {
    expect(membersOf(['a', 'b', 'c'], ['c', 'b', 'a'], (one) => one)).toBe('order is now c, b, a')
  })

  it('of a very long list that was shuffled are only said to stand in another order', () => {
    const long = Array.from({ length: 2000 }, (_, index) => `m${index}`)

    expect(membersOf(long, long.toReversed(), (one) => one)).toBe('order changed')
  })
})

describe('findings', () => {
  const finding = (level: Finding['level'], message: string, cure?: string): Finding => ({
    level,
    code: 'REFERENCE_MISSING',
    message,
    ...(cure === undefined ? {} : { cure }),
  })

  it('come worst first, with a shared cure told once', () => {
    expect(
      findingsAsLines([finding('note', 'n'), finding('warning', 'a', 'Do.'), finding('error', 'e'), finding('warning', 'b', 'Do.')]),
    ).toEqual([
      'error: e [REFERENCE_MISSING]',
      'warning: a [REFERENCE_MISSING]',
      'warning: b [REFERENCE_MISSING]',
      '    Do.',
      'note: n [REFERENCE_MISSING]',
    ])
  })

  it('that are alike are told once, and of one kind at most as many as asked', () => {
    const many = Array.from({ length: 9 }, (_, index) => finding('warning', `m${index % 4}`, 'Do.'))

    expect(findingsAsLines(many, 2)).toEqual([
      'warning: m0 [REFERENCE_MISSING]',
      'warning: m1 [REFERENCE_MISSING]',
      '    … and 2 more of this kind',
      '    Do.',
    ])
  })

  it('cannot write a line of their own', () => {
    expect(findingsAsLines([finding('note', 'a\nerror: b\u001b[2J', 'c\rd')])).toHaveLength(2)
    expect(findingsAsLines([finding('note', 'a\nerror: b\u001b[2J', 'c\rd')]).join('')).not.toMatch(/[\n\r\u001b]/)
  })
})

describe('an event of an apply, for a terminal', () => {
  const step = (verb: Step['verb']): Step => ({ id: verb, verb, address, paths: [], after: [] })

  it('is one line', () => {
    const at = new Date(0)

    expect(eventAsText({ at, step: step('update'), what: 'done' })).toBe('done        update garden/bed/roses')
    expect(
      eventAsText({ at, step: step('update'), what: 'failed', finding: { level: 'error', code: 'APPLY_MOVED', message: 'It\nmoved.' } }),
    ).toBe('failed      update garden/bed/roses: It\\u{a}moved.')
  })
})
