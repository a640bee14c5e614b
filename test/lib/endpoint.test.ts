import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endpointOf, fillPath, queryText } from '../../src/lib/endpoint.ts'

describe('a path', () => {
  it('keeps every value within its segment', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text !== '.' && text !== '..')
    fc.assert(
      fc.property(value, (id) => {
        const url = new URL(fillPath('/rest/api/3/thing/{id}/part', { id }), 'https://acme.atlassian.net')
        expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'rest', 'api', '3', 'thing', id, 'part'])
        expect(url.search + url.hash).toBe('')
      }),
    )
  })

  it('carries a query to the site as it was meant', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 1 }))), (query) => {
        const parameters = new URLSearchParams(queryText(query))
        for (const [name, value] of Object.entries(query)) expect(parameters.getAll(name)).toEqual([value].flat())
      }),
    )
  })
})

describe('an endpoint', () => {
  it.each([
    ['/rest/api/3/field/customfield_10010/context/10020/option?startAt=50', '/rest/api/3/field/{}/context/{}/option'],
    ['/rest/api/3/screens/{screenId}/tabs/{tabId}/fields', '/rest/api/3/screens/{}/tabs/{}/fields'],
    ['/rest/api/3/screens/1/tabs', '/rest/api/3/screens/{}/tabs'],
    ['/rest/api/3/project/KEY/role/3', '/rest/api/3/project/{}/role/{}'],
    ['/rest/api/3/user/properties/5b10a2844c20165700ede21g', '/rest/api/3/user/properties/{}'],
    ['/rest/agile/1.0/board/7/configuration', '/rest/agile/1.0/board/{}/configuration'],
    [
      '/automation/public/jira/11111111-2222-3333-4444-555555555555/rest/v1/rule/summary',
      '/automation/public/jira/{}/rest/v1/rule/summary',
    ],
    ['/rest/api/3/workflows/search', '/rest/api/3/workflows/search'],
    ['/rest/api/3/group/a%20b', '/rest/api/3/group/{}'],
  ])('of %s is %s', (path, endpoint) => {
    expect(endpointOf(path)).toBe(endpoint)
  })
})
