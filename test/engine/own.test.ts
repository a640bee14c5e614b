import { describe, expect, it } from 'vitest'
import { withOwn } from '../../src/engine/own.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { types } from './garden.ts'

const path = { ...types.path, ownToSite: ['/sign', '/keeper/name', '/stones/*/mason/name'] } as const
const stone = (slug: string, more: JsonObject = {}) => ({ id: `garden/path/p#stone/${slug}`, colour: slug, ...more })
const own = (theirs: Json, mine: Json) => withOwn(theirs, mine, path)

describe('what is each site’s own', () => {
  it('was given to every part as the first one had it', () => {
    const mine = { stones: [stone('a', { mason: { name: 'Ann' } }), stone('b', { mason: { name: 'Bob' } })] }
    const theirs = { stones: [stone('b', { colour: 'red', mason: { name: 'X' } }), stone('a', { mason: { name: 'Y' } })] }
    expect(own(theirs, mine)).toEqual({
      stones: [stone('b', { colour: 'red', mason: { name: 'Bob' } }), stone('a', { mason: { name: 'Ann' } })],
    })
  })

  it('stays nothing where the destination has nothing, and stays where the other site has nothing', () => {
    expect(own({ title: 't', sign: 'theirs', keeper: { name: 'X' } }, { title: 'o' })).toEqual({ title: 't' })
    expect(own({ title: 't' }, { sign: 'mine', keeper: { name: 'Ann' } })).toEqual({ title: 't', sign: 'mine', keeper: { name: 'Ann' } })
    expect(own({ keeper: { name: 'X', since: 1 } }, {})).toEqual({ keeper: { since: 1 } })
    expect(own({ stones: [stone('a', { mason: { name: 'X' } })] }, { stones: [stone('a')] })).toEqual({ stones: [stone('a')] })
  })

  it('comes with a part that only the other site has', () => {
    const fresh = stone('n', { mason: { name: 'X' } })
    expect(own({ stones: [fresh] }, { stones: [stone('a', { mason: { name: 'Ann' } })] })).toEqual({ stones: [fresh] })
  })
})
