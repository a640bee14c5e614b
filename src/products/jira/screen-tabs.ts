import type { TidemarkError } from '../../model/errors.ts'
import { movesBetween, turnsFor } from './order.ts'
import { type JiraSite, statusOf } from './site.ts'
import type { Tab } from './types/screen.ts'

const allTabs = '/rest/api/3/screens/{screenId}/tabs'
const oneTab = `${allTabs}/{tabId}` as const
const allFields = `${oneTab}/fields` as const

/**
 * Makes the tabs of a screen become `wanted`: names, order, and the fields on each in order. Everything one after the other, since Jira mixes the
 * order up when it is asked in parallel; fields leave their old tab before they come to the new one, as no screen holds a field twice; one tab at
 * least always stands, as every screen has one. Answers the ids of new tabs, by what stood in place of them.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/
 */
export async function writeTabs(
  site: JiraSite,
  screenId: string,
  wanted: readonly Tab[],
  live: readonly Tab[],
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>()
  const kept = new Set(wanted.map(({ id }) => id))
  const fresh = wanted.filter(({ id }) => !live.some((tab) => tab.id === id))
  const spare = live.filter(({ id }) => !kept.has(id))
  // What is not wanted as it is serves for what is new: a fresh screen's own tab, above all.
  for (const tab of fresh) {
    const used = spare.shift()
    if (used !== undefined) made.set(tab.id, used.id)
  }
  const there = new Map(live.map((tab) => [tab.id, tab]))
  const idOf = (tab: Tab) => made.get(tab.id) ?? tab.id

  for (const tab of live) {
    const becomes = wanted.find((candidate) => idOf(candidate) === tab.id)
    for (const id of tab.fields) {
      if (becomes?.fields.includes(id) !== true) await site.delete(`${allFields}/{id}`, { params: { screenId, tabId: tab.id, id } })
    }
  }
  // Those that go set their names free.
  for (const { id } of spare) await site.delete(oneTab, { params: { screenId, tabId: id } })
  const names = wanted.map((tab) => ({ id: idOf(tab), name: tab.name }))
  const staying = live.filter((tab) => !spare.includes(tab))
  for (const { member, meanwhile } of turnsFor(names, staying)) {
    const name = meanwhile ?? member.name
    // An unchanged name would be refused (409).
    if (name !== there.get(member.id)?.name) await site.put(oneTab, { params: { screenId, tabId: member.id }, body: { name } })
  }
  for (const tab of wanted) {
    if (there.has(idOf(tab))) continue
    const answer = await site.post<{ id: number | string }>(allTabs, { params: { screenId }, body: { name: tab.name } })
    made.set(tab.id, String(answer.id))
  }

  const gone = new Set(spare.map(({ id }) => id))
  const present = [...live.filter(({ id }) => !gone.has(id)).map(({ id }) => id), ...wanted.map(idOf).filter((id) => !there.has(id))]
  for (const [position, tab] of wanted.entries()) {
    const id = idOf(tab)
    const stands = present.indexOf(id)
    if (stands !== position) {
      present.splice(position, 0, ...present.splice(stands, 1))
      await site.post(`${oneTab}/move/{pos}`, { params: { screenId, tabId: id, pos: position } })
    }
    await writeFields(site, screenId, id, tab.fields, there.get(id)?.fields ?? [])
  }
  return made
}

async function writeFields(
  site: JiraSite,
  screenId: string,
  tabId: string,
  wanted: readonly string[],
  live: readonly string[],
): Promise<void> {
  const params = { screenId, tabId }
  const had = new Set(live)
  const kept = new Set(wanted)
  const added = wanted.filter((id) => !had.has(id))
  for (const fieldId of added) {
    try {
      await site.post(allFields, { params, body: { fieldId } })
    } catch (error) {
      if (statusOf(error) !== 400 || !(await isThere(site, params, fieldId))) throw error as TidemarkError
    }
  }
  for (const { member, after } of movesBetween([...live.filter((id) => kept.has(id)), ...added], wanted)) {
    const place = after === undefined ? { position: 'First' } : { after: site.urlOf(`${allFields}/{id}`, { ...params, id: after }) }
    await site.post(`${allFields}/{id}/move`, { params: { ...params, id: member }, body: place })
  }
}

/** Jira puts some fields on a screen by itself (of request types, for one): then adding them is refused, and not needed. */
async function isThere(site: JiraSite, params: { readonly screenId: string; readonly tabId: string }, fieldId: string): Promise<boolean> {
  const fields = await site.get<readonly { id: string }[]>(allFields, { params })
  return fields.some(({ id }) => id === fieldId)
}
