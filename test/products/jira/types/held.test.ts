import { describe, expect, it } from 'vitest'
import type { JiraSite } from '../../../../src/products/jira/site.ts'
import { field } from '../../../../src/products/jira/types/field.ts'
import { fieldContext } from '../../../../src/products/jira/types/field-context.ts'
import { project } from '../../../../src/products/jira/types/project.ts'
import type { Row } from '../../../../src/simulator/state.ts'
import { makeField, makeProject } from '../../../fixtures/jira/fixture.ts'
import { type Simulated, simulated } from '../kit.ts'

const context = '/rest/api/3/field/{fieldId}/context'
type Made = { readonly id: string }

async function options(site: JiraSite, fieldId: string, wanted: readonly object[]): Promise<readonly string[]> {
  const [first] = await Array.fromAsync(site.pages<Made>(context, { size: 50, params: { fieldId } }))
  const sent = { params: { fieldId, contextId: first?.id ?? '' }, body: { options: wanted } }
  return (await site.post<{ options: readonly Made[] }>(`${context}/{contextId}/option`, sent)).options.map(({ id }) => id)
}

async function contextOf(site: JiraSite, fieldId: string): Promise<string> {
  const [first] = await Array.fromAsync(site.pages<Made>(context, { size: 50, params: { fieldId } }))
  return `${fieldId}/${first?.id}`
}

function holders({ jira }: Simulated, family: string, id: string, heldBy: number): void {
  jira.state.store<Row & { heldBy: number }>(family).change(id, { heldBy })
}

describe('how many work items hold', () => {
  it('a field, and an option of it, below another one too', async () => {
    await using s = await simulated()
    const fieldId = await makeField(s.site, 'Place', 'cascadingselect', 'cascadingselectsearcher')
    const [parent = ''] = await options(s.site, fieldId, [{ value: 'North', disabled: false }])
    const [child = ''] = await options(s.site, fieldId, [{ value: 'Upper', optionId: parent, disabled: false }])
    holders(s, 'field', fieldId, 12)
    holders(s, 'option', parent, 7)
    holders(s, 'option', child, 3)
    const id = await contextOf(s.site, fieldId)

    expect(await field.held?.(s.site, fieldId)).toBe(12)
    expect(await fieldContext.held?.(s.site, id, { kind: 'option', id: parent })).toBe(7)
    expect(await fieldContext.held?.(s.site, id, { kind: 'option', id: child })).toBe(3)
  })

  it('a space, a component and a version', async () => {
    await using s = await simulated()
    const id = await makeProject(s.site, 'WORK', 'Work')
    const component = await s.site.post<Made>('/rest/api/3/component', { body: { name: 'Engine', project: 'WORK' } })
    const version = await s.site.post<Made>('/rest/api/3/version', { body: { name: '1.0', projectId: Number(id) } })
    s.jira.state.store<Row & { issues: object }>('project').change(id, { issues: { '7': { '1': 20, '2': 5 } } })
    holders(s, 'project-component', component.id, 4)
    holders(s, 'project-version', version.id, 6)

    expect(await project.held?.(s.site, id)).toBe(25)
    expect(await project.held?.(s.site, id, { kind: 'component', id: component.id })).toBe(4)
    expect(await project.held?.(s.site, id, { kind: 'version', id: version.id })).toBe(6)
  })

  it('is not known where Jira does not count it', async () => {
    await using s = await simulated()
    const fieldId = await makeField(s.site, 'Note', 'textfield', 'textsearcher')
    s.jira.faults.add({ path: '/rest/api/3/search/approximate-count', status: 400, body: { errorMessages: ['No.'], errors: {} } })

    expect(await field.held?.(s.site, fieldId)).toBeUndefined()
  })
})

describe('the trash', () => {
  it('tells which fields and spaces lie in it, until they are brought back', async () => {
    await using s = await simulated()
    const [fieldId, projectId] = [await makeField(s.site, 'Note', 'textfield', 'textsearcher'), await makeProject(s.site, 'WORK', 'Work')]
    await field.remove?.(s.site, fieldId)
    await project.remove?.(s.site, projectId)

    expect(await field.trashed?.(s.site)).toEqual([fieldId])
    expect(await project.trashed?.(s.site)).toEqual([projectId])
    await field.revive?.(s.site, fieldId)
    await project.revive?.(s.site, projectId)
    expect([await field.trashed?.(s.site), await project.trashed?.(s.site)]).toEqual([[], []])
  })
})
