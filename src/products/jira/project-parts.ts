import { equalJson } from '../../model/json.ts'
import { movesBetween, turnsFor } from './order.ts'
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
  const isKept = ({ id }: { readonly id: string }) => kept.has(id)
  for (const { id } of live) if (!kept.has(id)) await site.delete('/rest/api/3/component/{id}', { params: { id } })
  const path = '/rest/api/3/component/{id}'
  for (const { member: component, meanwhile } of turnsFor(wanted, live.filter(isKept))) {
    const before = there.get(component.id) as Component
    const params = { id: component.id }
    // An empty account id takes the lead away.
    const nobody = before.lead === undefined ? {} : { leadAccountId: '' }
    if (meanwhile !== undefined) await site.put(path, { params, body: { name: meanwhile } })
    else if (!sameComponent(component, before)) await site.put(path, { params, body: { ...nobody, ...bodyOf(component) } })
  }
  for (const component of wanted) {
    if (there.has(component.id)) continue
    const answer = await site.post<{ id: string }>('/rest/api/3/component', { body: { ...bodyOf(component), project: projectKey } })
    made.set(component.id, answer.id)
  }
  return made
}

function bodyOf({ name, description = '', assigneeType, lead }: Component) {
  return {
    name,
    description,
    ...(assigneeType === undefined ? {} : { assigneeType }),
    ...(lead === undefined ? {} : { leadAccountId: lead.accountId }),
  }
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
  const isKept = ({ id }: { readonly id: string }) => kept.has(id)
  for (const { id } of live) if (!kept.has(id)) await site.post('/rest/api/3/version/{id}/removeAndSwap', { params: { id }, body: {} })
  for (const { member: version, meanwhile } of turnsFor(wanted, live.filter(isKept))) {
    const before = there.get(version.id) as Version
    const params = { id: version.id }
    const body = writable(version)
    if (meanwhile !== undefined) await site.put('/rest/api/3/version/{id}', { params, body: { name: meanwhile } })
    else if (!equalJson(body, writable(before))) {
      // How a date is taken away is not documented; read-back tells whether `null` did.
      const dates = {
        ...(before.startDate === undefined ? {} : { startDate: null }),
        ...(before.releaseDate === undefined ? {} : { releaseDate: null }),
      }
      await site.put('/rest/api/3/version/{id}', { params, body: { ...dates, ...body } })
    }
  }
  for (const version of wanted) {
    if (there.has(version.id)) continue
    const { released, ...first } = writable(version)
    const { id } = await site.post<{ id: string }>('/rest/api/3/version', { body: { ...first, projectId: Number(projectId) } })
    made.set(version.id, id)
    // Not applicable when creating a version, says its document.
    if (released) await site.put('/rest/api/3/version/{id}', { params: { id }, body: { released } })
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
