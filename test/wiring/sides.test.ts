import { describe, expect, it } from 'vitest'
import { readSettings } from '../../src/wiring/settings.ts'
import { snapshotOf } from '../../src/wiring/sides.ts'

const settings = readSettings(`format: 1
sites:
  acme: {url: "https://acme.atlassian.net", products: {jira: {}}}
  acme-sandbox: {url: "https://acme-sandbox.atlassian.net", products: {jira: {}}}
  live: {url: "https://live.atlassian.net", products: {jira: {}}}
`)

describe('what a person names', () => {
  it.each([
    ['HEAD~2', { at: 'HEAD~2' }],
    ['2026-11-01', { at: '2026-11-01' }],
    ['acme', { site: 'acme', at: 'HEAD' }],
    ['acme-sandbox@2026-11-01', { site: 'acme-sandbox', at: '2026-11-01' }],
    ['acme@live', { site: 'acme', at: 'live' }],
    ['acme@', { site: 'acme', at: 'HEAD' }],
    ['live', { at: 'live' }],
    ['live@HEAD', { site: 'live', at: 'HEAD' }],
  ])('%s is a snapshot, of a site or of the one the command is about', (text, named) => {
    expect(snapshotOf(text, settings)).toEqual(named)
  })

  it('is refused where what stands before an @ is no site', () => {
    expect(() => snapshotOf('acne@HEAD', settings)).toThrow(expect.objectContaining({ code: 'SETTINGS_NO_SUCH_SITE' }))
  })
})
