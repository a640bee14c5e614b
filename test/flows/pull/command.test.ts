import { describe, expect, it } from 'vitest'
import { commandIn } from '../../../src/flows/pull/command.ts'

describe('a comment', () => {
  it.each([
    ['/plan', { what: 'plan' }],
    ['  /plan\n', { what: 'plan' }],
    ['/check', { what: 'check' }],
    ['/apply 0123abcd', { what: 'apply', digest: '0123abcd' }],
    [`/apply ${'a'.repeat(64)}`, { what: 'apply', digest: 'a'.repeat(64) }],
  ])('that is a command and nothing else is one: %j', (text, command) => {
    expect(commandIn(text)).toEqual(command)
  })

  it.each([
    ['please /plan'],
    ['/plan now'],
    ['> /apply 0123abcd'],
    ['```\n/apply 0123abcd\n```'],
    ['/apply'],
    ['/apply 0123abc'],
    ['/apply 0123ABCD'],
    ['/apply 0123abcd\n/apply 99999999'],
    [`/apply ${'a'.repeat(65)}`],
    ['/apply 0123abcd; rm -rf /'],
  ])('that only speaks of one is none: %j', (text) => {
    expect(commandIn(text)).toBeUndefined()
  })
})
