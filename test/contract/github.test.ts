import { describe, expect, it } from 'vitest'
import { loadGithubJudge } from './github.ts'
import { operations } from './github-extract.ts'
import { describeDeviation } from './openapi.ts'

describe('the judge of GitHub', () => {
  const judge = loadGithubJudge()
  const comments = '/repos/acme/config/issues/7/comments'
  const activity = { id: 1, node_id: 'x', before: 'a', after: 'b', ref: 'r', timestamp: '2026-01-01T00:00:00Z', activity_type: 'push' }
  const answered = (body: unknown) =>
    judge.answer({ method: 'GET', path: '/repos/acme/config/activity', status: 200, body }).map(describeDeviation)

  it('knows all that the forge uses', () => {
    for (const operation of operations) {
      const [method = '', path = ''] = operation.split(' ')
      expect(judge.knows(method, path)).toBe(true)
    }
    expect(judge.knows('DELETE', '/repos/acme/config')).toBe(false)
  })

  it('refuses requests with what GitHub does not know, lacks or limits', () => {
    const post = (path: string, body: unknown) =>
      judge.request({ method: 'POST', path, body }).map(({ kind, property }) => [kind, property])
    const annotation = { path: 'a', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'm' }
    const output = { title: 't', summary: 's', annotations: Array.from({ length: 51 }, () => annotation) }

    expect(post(comments, { body: 'x' })).toEqual([])
    expect(post(comments, { text: 'x' })).toEqual([
      ['schema', 'body'],
      ['extra', 'text'],
    ])
    expect(post('/repos/acme/config/check-runs', { name: 'n', head_sha: 'a', output })).toEqual([['schema', 'annotations']])
    expect(judge.request({ method: 'GET', path: `${comments}?pages=1` })).toMatchObject([{ kind: 'query', property: 'pages' }])
  })

  it('refuses answers that lack a property, have one too many, or one of another type', () => {
    expect(answered([{ ...activity, actor: null }])).toEqual([])
    expect(answered([activity])[0]).toContain('actor')
    expect(answered([{ ...activity, actor: null, colour: 'red' }])[0]).toContain('extra activity.colour')
    expect(answered([{ ...activity, actor: null, id: 'x' }])[0]).toContain('schema activity.id')
  })
})
