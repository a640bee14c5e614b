import { describe, expect, it } from 'vitest'
import { isGap } from '../../../../src/model/resource-type.ts'
import type { JiraSite } from '../../../../src/products/jira/site.ts'
import { workflowScheme } from '../../../../src/products/jira/types/workflow-scheme.ts'
import { makeStatuses, makeWorkflow } from '../../../fixtures/jira/fixture.ts'
import { fixture } from '../../../fixtures/jira/workflow-scheme.ts'
import { simulated } from '../kit.ts'

const schemes = workflowScheme as Required<typeof workflowScheme>

async function theOne(site: JiraSite) {
  for await (const found of schemes.read(site)) if (!isGap(found) && found.name === 'Scheme') return found
  throw new Error('The fixture made no scheme.')
}

describe('changing a workflow scheme', () => {
  it('changes names, the default and the mappings at once, without a draft', async () => {
    await using s = await simulated()
    await fixture.seed(s.site)
    const before = await theOne(s.site)
    const [type] = await s.site.get<readonly { id: string }[]>('/rest/api/3/issuetype')
    const issueTypeMappings = { [String(type?.id)]: 'Short: way' }

    const item = { ...before, name: 'Other scheme', description: 'Ours', defaultWorkflow: 'jira', issueTypeMappings }
    await schemes.update(s.site, String(before.id), item, before)

    expect(await schemes.get(s.site, String(before.id))).toMatchObject({
      name: 'Other scheme',
      description: 'Ours',
      defaultWorkflow: 'jira',
      issueTypeMappings,
    })
    expect(s.jira.counters.byEndpoint['POST /rest/api/3/workflowscheme/{id}/createdraft']).toBeUndefined()
  })

  it('writes nothing when one of its workflows does not exist', async () => {
    await using s = await simulated()
    await fixture.seed(s.site)
    const before = await theOne(s.site)
    s.jira.resetCounters()

    const writing = schemes.update(s.site, String(before.id), { ...before, defaultWorkflow: 'Nowhere' }, before)

    await expect(writing).rejects.toMatchObject({ code: 'PRODUCT_NO_WORKFLOW' })
    expect(s.jira.counters.writes).toBeLessThanOrEqual(s.jira.counters.byEndpoint['POST /rest/api/3/workflows'] ?? 0)
  })
})

describe('a scheme of many workflows', () => {
  it('is changed though Jira answers for 25 of them at once only', async () => {
    await using s = await simulated()
    await fixture.seed(s.site)
    const before = await theOne(s.site)
    const issueTypeMappings: Record<string, string> = {}
    const statuses = await makeStatuses(s.site, ['Asked', 'TODO'])
    for (let count = 0; count < 26; count += 1) {
      const { id } = await s.site.post<{ id: string }>('/rest/api/3/issuetype', { body: { name: `Type ${count}`, description: '' } })
      await makeWorkflow(s.site, `Way ${count}`, statuses, [{ name: 'Ask', to: 0, type: 'INITIAL' }])
      issueTypeMappings[id] = `Way ${count}`
    }

    await schemes.update(s.site, String(before.id), { ...before, issueTypeMappings }, before)

    expect((await schemes.get(s.site, String(before.id)))?.issueTypeMappings).toEqual(issueTypeMappings)
  })
})
