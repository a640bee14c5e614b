import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import type { Place } from '../../src/wiring/open.ts'
import { personalForge, requireForge } from '../../src/wiring/propose.ts'

const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }

function opens(environment: Place['environment'], api?: string): boolean {
  const repository = { github: 'acme/jira-config', ...(api === undefined ? {} : { api }) }
  return personalForge({ place: { folder: '.', environment, context }, settings: { repository } }) !== undefined
}

describe('a token of a person', () => {
  it.each([undefined, 'https://api.github.com', 'https://api.acme.ghe.com'])('for GitHub opens its own hosts: %s', (api) => {
    expect(opens({ GITHUB_TOKEN: 'secret' }, api)).toBe(true)
    expect(opens({ GH_TOKEN: 'secret' }, api)).toBe(true)
    expect(opens({ GH_ENTERPRISE_TOKEN: 'secret' }, api)).toBe(false)
  })

  it.each([
    'https://github.acme.example/api/v3',
    'https://api.github.com.evil.example',
    'https://api.github.com:8443',
    'https://api.ghe.com.evil.example',
    'https://evil-ghe.com',
    'http://127.0.0.1:8080',
  ])('for GitHub opens no other host: %s', (api) => {
    expect(opens({ GITHUB_TOKEN: 'secret', GH_TOKEN: 'secret' }, api)).toBe(false)
    expect(opens({ GITHUB_ENTERPRISE_TOKEN: 'secret' }, api)).toBe(true)
  })

  it('in our own variable opens what the settings name, and an empty variable is none', () => {
    expect(opens({ TIDEMARK_GITHUB_TOKEN: 'secret' }, 'https://github.acme.example/api/v3')).toBe(true)
    expect(opens({ TIDEMARK_GITHUB_TOKEN: '', GITHUB_TOKEN: '' })).toBe(false)
  })
})

describe('a token that is missing', () => {
  it.each([
    ['apply', 'Pull requests and Issues: read and write'],
    ['doctor', 'Administration, Environments, Actions and Contents: read'],
  ] as const)('is asked for with what %s needs', (purpose, granted) => {
    expect(() => requireForge({ folder: '.', environment: {}, context }, { github: 'acme/jira-config' }, purpose)).toThrow(
      expect.objectContaining({ code: 'ACCESS_NO_FORGE_TOKEN', cure: expect.stringContaining(granted) }),
    )
  })
})
