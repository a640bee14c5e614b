import { describe, expect, it } from 'vitest'
import { isGap } from '../../../../src/model/resource-type.ts'
import type { JiraSite } from '../../../../src/products/jira/site.ts'
import { type Component, type Project, project, type Version } from '../../../../src/products/jira/types/project.ts'
import { makeProject } from '../../../fixtures/jira/fixture.ts'
import { fixture } from '../../../fixtures/jira/project.ts'
import { simulated } from '../kit.ts'

const projects = project as Required<typeof project>

async function ship(site: JiraSite): Promise<Project> {
  await fixture.seed(site)
  for await (const found of projects.read(site)) if (!isGap(found) && found.key === 'SHIP') return found
  throw new Error('The fixture made no space.')
}

describe('reading spaces', () => {
  it('gives components with who is assigned, versions in order, and the workflow scheme', async () => {
    await using s = await simulated()

    const found = await ship(s.site)

    expect(found.components.map(({ name, assigneeType }) => [name, assigneeType])).toEqual([
      ['Engine room', 'COMPONENT_LEAD'],
      ['engine-room', 'PROJECT_DEFAULT'],
    ])
    expect(found.components[0]?.lead?.accountId).toBe(found.lead?.accountId)
    expect(found.versions.map(({ name, released, archived }) => [name, released, archived])).toEqual([
      ['0.9 “old”', false, true],
      ['2.0', false, false],
      ['1.0', true, false],
    ])
    expect(found.workflowScheme).toMatch(/^[0-9]+$/)
    expect(await projects.get(s.site, found.id)).toEqual(found)
  })

  it('costs one call a space, one more where it has components, and two for a hundred', async () => {
    await using s = await simulated()
    await ship(s.site)
    s.jira.resetCounters()

    const found = await Array.fromAsync(projects.read(s.site))

    expect(s.jira.counters.byEndpoint).toEqual({
      'GET /rest/api/3/project/search': 1,
      'GET /rest/api/3/workflowscheme/project': 1,
      'GET /rest/api/3/project/{projectIdOrKey}': found.length,
      'GET /rest/api/3/project/{projectIdOrKey}/components': 1,
    })
  })

  it('asks once more for the scheme of a space that the answer for many passes over', async () => {
    await using s = await simulated()
    const before = await ship(s.site)
    s.jira.faults.add({ path: '/rest/api/3/workflowscheme/project', status: 200, body: { values: [] } })

    expect(await Array.fromAsync(projects.read(s.site))).toContainEqual(before)
  })

  it('finds no space on a site without any, and does not fail', async () => {
    await using s = await simulated()
    s.jira.faults.add({ path: '/rest/api/3/project/search', status: 404, body: {} })

    expect(await Array.fromAsync(projects.read(s.site))).toEqual([])
  })

  it('names a space that is listed and yet cannot be read, and passes over one that is gone', async () => {
    await using s = await simulated()
    const [hidden, gone] = [await makeProject(s.site, 'HIDE', 'Hidden'), await makeProject(s.site, 'GONE', 'Gone')]
    const deleting: JiraSite = {
      ...s.site,
      async find<T>(path: string, where = {}) {
        if (JSON.stringify(where).includes(gone)) s.jira.state.store('project').remove(gone)
        return s.site.find<T>(path, where)
      },
    }
    s.jira.faults.add({ path: `/rest/api/3/project/${hidden}`, status: 404, times: 2, body: {} })

    const found = await Array.fromAsync(projects.read(deleting))

    expect(found).toMatchObject([{ gap: true, under: { type: 'jira/project', id: hidden } }])
  })
})

describe('changing a space', () => {
  it('puts versions in order, keeps ids, and tells those of new parts', async () => {
    await using s = await simulated()
    const before = await ship(s.site)
    const [old, next, first] = before.versions as [Project['versions'][number], Project['versions'][number], Project['versions'][number]]
    const fresh = 'jira/project/ship#version/3-0'
    const component = 'jira/project/ship#component/hull'
    const item: Project = {
      ...before,
      name: 'Shipyard',
      versions: [first, { id: fresh, name: '3.0', description: '', archived: false, released: true }, { ...old, archived: false }],
      components: [...before.components.slice(0, 1), { id: component, name: 'Hull', description: '', assigneeType: 'UNASSIGNED' }],
    }

    const { parts } = (await projects.update(s.site, before.id, item, before)) as { parts: ReadonlyMap<string, string> }

    const now = await projects.get(s.site, before.id)
    expect(now?.name).toBe('Shipyard')
    expect(now?.versions.map(({ id, name, released }) => [id, name, released])).toEqual([
      [first.id, '1.0', true],
      [parts.get(fresh), '3.0', true],
      [old.id, '0.9 “old”', false],
    ])
    expect(now?.versions.map(({ id }) => id)).not.toContain(next.id)
    expect(now?.components.map(({ id }) => id)).toEqual([before.components[0]?.id, parts.get(component)])
  })

  it('gives it another workflow scheme, and the default one where none is wanted', async () => {
    await using s = await simulated()
    const before = await ship(s.site)
    const { workflowScheme: _none, ...plain } = before

    await projects.update(s.site, before.id, plain, before)
    expect(await projects.get(s.site, before.id)).not.toHaveProperty('workflowScheme')

    await projects.update(s.site, before.id, before, plain)
    expect(await projects.get(s.site, before.id)).toMatchObject({ workflowScheme: before.workflowScheme })
  })

  it('takes away what is not wanted any more: the address, and the lead of a component', async () => {
    await using s = await simulated()
    const before = await ship(s.site)
    const { url: _url, ...rest } = before
    const { lead: _lead, ...component } = before.components[0] as Project['components'][number]
    const item: Project = {
      ...rest,
      components: [{ ...component, assigneeType: 'UNASSIGNED' }, ...before.components.slice(1)],
    }

    await projects.update(s.site, before.id, item, before)

    const now = await projects.get(s.site, before.id)
    expect(now?.components[0]).not.toHaveProperty('lead')
    expect(now?.url ?? '').toBe('')
  })
})

describe('the components and versions of a space', () => {
  it('were refused where they exchange their names, or take the name of one that goes', async () => {
    await using s = await simulated()
    const before = await ship(s.site)
    const [one, two] = before.components as [Component, Component]
    const [first, second, third] = before.versions as [Version, Version, Version]
    const item: Project = {
      ...before,
      components: [
        { ...one, name: two.name },
        { ...two, name: one.name },
      ],
      versions: [
        { ...first, name: second.name },
        { ...second, name: third.name },
      ],
    }

    await projects.update(s.site, before.id, item, before)

    const now = (await projects.get(s.site, before.id)) as Project
    const called = (parts: readonly { id: string; name: string }[]) => Object.fromEntries(parts.map(({ id, name }) => [id, name]))
    expect(called(now.components)).toEqual(called(item.components))
    expect(called(now.versions)).toEqual(called(item.versions))
  })

  it('lose a date that is not wanted any more', async () => {
    await using s = await simulated()
    const before = await ship(s.site)
    const versions = before.versions.map(({ startDate: _begun, releaseDate: _due, ...version }) => version)
    expect(versions).not.toEqual(before.versions)

    await projects.update(s.site, before.id, { ...before, versions }, before)

    const now = (await projects.get(s.site, before.id)) as Project
    expect(now.versions.flatMap(({ startDate, releaseDate }) => startDate ?? releaseDate ?? [])).toEqual([])
  })
})

describe('deleting a space', () => {
  it('puts it into the trash, from where it comes back as it was', async () => {
    await using s = await simulated()
    const before = await ship(s.site)

    await projects.remove(s.site, before.id)
    expect(await projects.get(s.site, before.id)).toBeUndefined()
    await projects.revive(s.site, before.id)

    expect(await projects.get(s.site, before.id)).toEqual(before)
  })
})

describe('team-managed spaces', () => {
  it('are not ours to write, nor are those of Jira Product Discovery', () => {
    expect(projects.owned({ style: 'next-gen', projectTypeKey: 'software' })).toBe(false)
    expect(projects.owned({ simplified: true, projectTypeKey: 'business' })).toBe(false)
    expect(projects.owned({ style: 'classic', simplified: false, projectTypeKey: 'product_discovery' })).toBe(false)
    expect(projects.owned({ style: 'classic', simplified: false, projectTypeKey: 'software' })).toBe(true)
  })
})
