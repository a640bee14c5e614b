import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { asYaml, exitCodeOf, isReaderGone } from '../../src/cli/output.ts'
import type { Code } from '../../src/model/errors.ts'

describe('exit codes', () => {
  it.each([
    ['SETTINGS_INVALID', 3],
    ['SETTINGS_HOST_NOT_ALLOWED', 3],
    ['VAULT_RECIPIENTS', 3],
    ['USAGE_ARGUMENTS', 3],
    ['ACCESS_TOKEN_REFUSED', 4],
    ['HTTP_UNAUTHORISED', 4],
    ['HTTP_FORBIDDEN', 4],
    ['FORGE_UNAUTHORISED', 4],
    ['FORGE_FORBIDDEN', 4],
    ['PULL_NOT_ADMIN', 4],
    ['PULL_NOT_ALLOWED', 4],
    ['VAULT_NO_IDENTITY', 4],
    ['VAULT_KEY_FILE', 4],
    ['PULL_NO_REASON', 3],
    ['PULL_NOT_APPROVED', 1],
    ['VAULT_TAMPERED', 1],
    ['HTTP_UNAVAILABLE', 1],
    ['REPOSITORY_MOVED', 1],
    ['USAGE_STOPPED', 1],
    ['USAGE_OUTPUT', 1],
  ] as const)('%s ends with %i', (code, exit) => {
    expect(exitCodeOf(code satisfies Code)).toBe(exit)
  })
})

describe('an output that takes no more', () => {
  it.each([
    ['EPIPE', undefined, true],
    ['EIO', true, true],
    ['EIO', undefined, false],
    ['ENOSPC', undefined, false],
  ] as const)('%s has lost its reader alone, on a terminal %s: %s', (code, isTerminal, gone) => {
    expect(isReaderGone(code, isTerminal)).toBe(gone)
  })
})

describe('a document as YAML', () => {
  it('shows texts with line breaks as blocks, and numbers beyond 2^53 with every digit', () => {
    const text = asYaml({ address: 'jira/x/y', spec: { script: 'a\nb\n', id: 12345678901234567890n, ok: [1.5, null, true] } })

    expect(text).toContain('script: |\n    a\n    b\n')
    expect(load(text)).toEqual({ address: 'jira/x/y', spec: { script: 'a\nb\n', id: '12345678901234567890', ok: [1.5, null, true] } })
  })

  it('keeps keys that have a meaning in JavaScript', () => {
    const spec = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}') as object

    expect(asYaml({ spec })).toContain('__proto__')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
