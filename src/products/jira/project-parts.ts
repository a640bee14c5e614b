import { equalJson } from '../../model/json.ts'
import { movesBetween } from './order.ts'
import type { JiraSite } from './site.ts'
import type { Component, Version } from './types/project.ts'

/** Makes the components of a space become `wanted`. Answers the ids of new ones, by what stood in place of them. */
export async function writeComponents(
  site: JiraSite,
  projectKey: string,
  wanted: readonly Component[],
  live: readonly Component[],
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>()
  const there = new Map(live.map((component) => [component.id, component]))
  const kept = new Set(wanted.map(({ id }) => id))
  for (const { id } of live) if (!kept.has(id)) await site.delete('/rest/api/3/component/{id}', { params: { id } })
  for (const component of wanted) {
    const { id, name, description = '', assigneeType, lead } = component
    const body = {
      name,
      description,
      ...(assigneeType === undefined ? {} : { assigneeType }),
      ...(lead === undefined ? {} : { leadAccountId: lead.accountId }),
    }
    const before = there.get(id)
    if (before === undefined) {
      const answer = await site.post<{ id: string }>('/rest/api/3/component', { body: { ...body, project: projectKey } })
      made.set(id, answer.id)
    } else if (!sameComponent(component, before)) {
      // An empty account id takes the lead away.
      const nobody = before.lead === undefined ? {} : { leadAccountId: '' }
      await site.put('/rest/api/3/component/{id}', { params: { id }, body: { ...nobody, ...body } })
    }
  }
  return made
}

function sameComponent(a: Component, b: Component): boolean {
  return (
    a.name === b.name &&
    (a.description ?? '') === (b.description ?? '') &&
    a.assigneeType === b.assigneeType &&
    a.lead?.accountId === b.lead?.accountId
  )
}

/** Makes the versions of a space become `wanted`, in that order. Answers the ids of new ones, by what stood in place of them. */
export async function writeVersions(
  site: JiraSite,
  projectId: string,
  wanted: readonly Version[],
  live: readonly Version[],
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>()
  const there = new Map(live.map((version) => [version.id, version]))
  const kept = new Set(wanted.map(({ id }) => id))
  for (const { id } of live) if (!kept.has(id)) await site.post('/rest/api/3/version/{id}/removeAndSwap', { params: { id }, body: {} })
  for (const version of wanted) {
    const before = there.get(version.id)
    const body = writable(version)
    if (before === undefined) {
      const { released, ...first } = body
      const { id } = await site.post<{ id: string }>('/rest/api/3/version', { body: { ...first, projectId: Number(projectId) } })
      made.set(version.id, id)
      // Not applicable when creating a version, says its document.
      if (released) await site.put('/rest/api/3/version/{id}', { params: { id }, body: { released } })
    } else if (!equalJson(body, writable(before))) {
      // How a date is taken away is not documented; read-back tells whether `null` did.
      const dates = {
        ...(before.startDate === undefined ? {} : { startDate: null }),
        ...(before.releaseDate === undefined ? {} : { releaseDate: null }),
      }
      await site.put('/rest/api/3/version/{id}', { params: { id: version.id }, body: { ...dates, ...body } })
    }
  }
  const idOf = ({ id }: Version) => made.get(id) ?? id
  // Jira puts a new version behind the others.
  const present = [...live.filter(({ id }) => kept.has(id)).map(({ id }) => id), ...wanted.filter(({ id }) => made.has(id)).map(idOf)]
  for (const { member, after } of movesBetween(present, wanted.map(idOf))) {
    const place = after === undefined ? { position: 'First' } : { after: site.urlOf('/rest/api/3/version/{id}', { id: after }) }
    await site.post('/rest/api/3/version/{id}/move', { params: { id: member }, body: place })
  }
  return made
}

function writable({ name, description = '', archived = false, released = false, startDate, releaseDate }: Version) {
  return {
    name,
    description,
    archived,
    released,
    ...(startDate === undefined ? {} : { startDate }),
    ...(releaseDate === undefined ? {} : { releaseDate }),
  }
}
