import { type Static, Type } from 'typebox'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { schemaOf } from '../../src/lib/schema.ts'
import type { Schema } from '../../src/model/schema.ts'

const screen = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  scope: Type.Optional(Type.Object({ type: Type.Union([Type.Literal('PROJECT'), Type.Literal('GLOBAL')]) })),
  tabs: Type.Array(Type.Object({ id: Type.Integer() })),
})
const schema = schemaOf(screen)

describe('a schema', () => {
  it('has the type and the JSON Schema of what it describes', () => {
    expectTypeOf(schema).toEqualTypeOf<Schema<Static<typeof screen>>>()
    expect(schema.json).toMatchObject({ type: 'object', required: ['id', 'name', 'tabs'] })
    expect(JSON.parse(JSON.stringify(schema.json))).toEqual(schema.json)
  })

  it('welcomes properties that it does not mention', () => {
    expect(schema.problem({ id: 1, name: 'x', tabs: [{ id: 2, more: {} }], brandNew: true })).toBeUndefined()
  })

  it('takes whole numbers beyond 2^53 where it wants a number', () => {
    expect(schema.problem({ id: 9007199254740993n, name: 'x', tabs: [{ id: 9007199254740993n }] })).toBeUndefined()
    expect(schema.problem({ id: 1, name: 9007199254740993n, tabs: [] })).toBe('/name: must be string.')
  })

  it.each([
    [{ id: 'hunter2', name: 'x', tabs: [] }, '/id: must be integer.'],
    [{ id: 1, name: 'x', tabs: [{ id: 1 }, { id: 'hunter2' }] }, '/tabs/1/id: must be integer.'],
    [{ id: 1, tabs: [] }, 'The document: must have required properties name.'],
    [{ id: 1, name: 'x', tabs: [], scope: { type: 'hunter2' } }, '/scope/type: must be one of "PROJECT", "GLOBAL".'],
    [[], 'The document: must be object.'],
    [null, 'The document: must be object.'],
    ['hunter2', 'The document: must be object.'],
  ])('says of %j where it does not fit, and never a value', (value, problem) => {
    expect(schema.problem(value)).toBe(problem)
  })

  it('stays one harmless line, also where a key is hostile', () => {
    const map = schemaOf(Type.Record(Type.String(), Type.Integer()))

    expect(map.problem({ [`\u001b[31m${'x'.repeat(500)}`]: 'y' })).toMatch(/^\/\\u\{1b\}\[31mx+…: must be integer\.$/)
  })
})
