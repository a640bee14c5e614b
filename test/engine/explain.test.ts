import { describe, expect, it } from 'vitest'
import { explain } from '../../src/engine/explain.ts'
import type { Json } from '../../src/model/json.ts'
import { types } from './garden.ts'

const key = new Uint8Array(32).fill(3)
const bed = (spec: Json) => ({ address: 'garden/bed/a', spec }) as const
const path = (spec: Json) => ({ address: 'garden/path/p', spec }) as const

describe('explain', () => {
  it('tells added, removed and unchanged objects', () => {
    expect(explain(undefined, bed({ name: 'A' }), types.bed, key)).toMatchObject({ address: 'garden/bed/a', title: 'Bed', what: 'added' })
    expect(explain(bed({ name: 'A' }), undefined, types.bed, key)).toMatchObject({ what: 'removed', properties: [] })
    expect(explain(bed({ name: 'A' }), bed({ name: 'A' }), types.bed, key)).toBeUndefined()
    expect(explain(undefined, undefined, types.bed, key)).toBeUndefined()
  })

  it('tells each property before and after, and the inside of a list of objects', () => {
    const explained = explain(
      path({ title: 'a', more: [{ x: 1 }, { x: 2 }] }),
      path({ title: 'b', more: [{ x: 1 }, { x: 3 }] }),
      types.path,
      key,
    )

    expect(explained).toMatchObject({
      what: 'changed',
      properties: [
        { at: '/more/1/x', before: 2, after: 3 },
        { at: '/title', before: 'a', after: 'b' },
      ],
    })
  })

  it('never shows a declared secret, and still shows that it changed', () => {
    const explained = explain(bed({ 'gate-code': 's3cret-1' }), bed({ 'gate-code': 's3cret-2' }), types.bed, key)

    expect(JSON.stringify(explained)).not.toContain('s3cret')
    expect(explained?.properties).toMatchObject([
      { at: '/gate-code', before: expect.stringMatching(/^secret /), after: expect.stringMatching(/^secret /) },
    ])
    expect(explain(bed({ 'gate-code': 'same' }), bed({ 'gate-code': 'same' }), types.bed, key)).toBeUndefined()
  })

  it('keeps the digits of big numbers', () => {
    expect(explain(bed({ list: [{ n: 2n ** 70n }] }), bed({ list: [{ n: 2n ** 70n + 1n }] }), types.bed, key)?.properties).toEqual([
      { at: '/list/0/n', before: 2n ** 70n, after: 2n ** 70n + 1n },
    ])
  })
})
