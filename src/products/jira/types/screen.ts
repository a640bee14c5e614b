import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import { defineType, type Gap } from '../../../model/resource-type.ts'
import { readOne } from '../gaps.ts'
import { chunksOf } from '../order.ts'
import { fieldAt, isGlobal, scopeReference, scopeVolatile } from '../references.ts'
import { writeTabs } from '../screen-tabs.ts'
import type { JiraSite } from '../site.ts'
import { validateScreens } from '../validators/screen.ts'

const tab = Type.Object({ id: Type.String(), name: Type.String(), fields: Type.Array(Type.String()) })
const screenOnly = Type.Object({
  id: Type.Union([Type.String(), Type.Integer()]),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  scope: Type.Optional(Type.Object({ type: Type.String() })),
})
const shape = Type.Intersect([screenOnly, Type.Object({ tabs: Type.Array(tab) })])
type Listed = Static<typeof screenOnly>
export type Screen = Static<typeof shape>
export type Tab = Static<typeof tab>

const oneScreen = '/rest/api/3/screens/{screenId}'
/** Of screens and of tabs on a page. */
const most = 100

/**
 * Screens with their tabs, and on each tab the fields in order. Costs one request for 100 screens, one for the tabs of those 100 (more beyond 100
 * tabs), and one for each tab; the order of tabs costs one more where a screen has several, and where the list tells none, which no screen is without.
 */
export const screen = defineType<Screen, JiraSite>({
  name: 'jira/screen',
  title: 'Screen',
  about: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/',
  page: '/secure/admin/ViewFieldScreens.jspa',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/name', '/scope/project/id'],
  spellings: { name: '/name' },
  parts: [{ at: '/tabs/*', kind: 'tab', id: '/id', label: '/name', identity: ['/name'] }],
  references: [fieldAt('/tabs/*/fields/*', { missing: 'drop' }), scopeReference],
  volatile: [...scopeVolatile, '/self'],
  later: ['/tabs'],
  twin: { longest: 255, remark: '/description' },
  owned: (spec) => isGlobal(spec as unknown as Screen),

  async *read(site) {
    const listed = await Array.fromAsync(site.pages<Listed>('/rest/api/3/screens', { size: most }))
    const tabs = await tabsOf(site, listed)
    for await (const found of site.each(listed, (one) => whole(site, one, tabs.get(String(one.id)) ?? []))) {
      if (found !== undefined) yield found
    }
  },

  async get(site, id) {
    const listed = await find(site, id)
    if (listed === undefined) return undefined
    return { ...listed, tabs: await withFields(site, id, await orderedTabs(site, id)) }
  },

  async create(site, { name, description, tabs }, born) {
    const made = await site.post<Listed>('/rest/api/3/screens', { body: { name, description: description ?? '' } })
    const id = String(made.id)
    await born(id)
    // A new screen has one empty tab already.
    const live = (await orderedTabs(site, id)).map((there) => ({ ...there, fields: [] }))
    return { id, parts: await writeTabs(site, id, tabs, live) }
  },

  async update(site, id, { name, description = '', tabs }, before) {
    if (name !== before.name || description !== (before.description ?? '')) {
      await site.put(oneScreen, { params: { screenId: id }, body: { name, description } })
    }
    return { id, parts: await writeTabs(site, id, tabs, before.tabs) }
  },

  remove: (site, id) => site.delete(oneScreen, { params: { screenId: id } }),
  validate: validateScreens,
})

async function find(site: JiraSite, id: string): Promise<Listed | undefined> {
  const [found] = await Array.fromAsync(site.pages<Listed>('/rest/api/3/screens', { size: most, query: { id } }))
  return found
}

type Named = Omit<Tab, 'fields'>

/** The tabs of many screens, in Jira's own order of this list, which is not promised to be that on the screen. */
async function tabsOf(site: JiraSite, screens: readonly Listed[]): Promise<ReadonlyMap<string, readonly Named[]>> {
  const found = new Map<string, Named[]>()
  // At once: one listing after the other would make most of a site's requests wait for these few.
  for await (const tabs of site.each(chunksOf(screens, most), (chunk) => listedTabs(site, chunk))) {
    for (const { screenId, tabId, tabName } of tabs) {
      const named = found.get(String(screenId)) ?? []
      named.push({ id: String(tabId), name: tabName })
      found.set(String(screenId), named)
    }
  }
  return found
}

interface ListedTab {
  readonly screenId: number | string
  readonly tabId: number | string
  readonly tabName: string
}

function listedTabs(site: JiraSite, screens: readonly Listed[]): Promise<readonly ListedTab[]> {
  const listing = { size: most, sizeIn: 'maxResult', query: { screenId: screens.map(({ id }) => id) } }
  return Array.fromAsync(site.pages<ListedTab>('/rest/api/3/screens/tabs', { ...listing, id: ({ tabId }) => tabId }))
}

async function orderedTabs(site: JiraSite, screenId: string): Promise<readonly Named[]> {
  const tabs = await site.get<readonly { id: number | string; name: string }[]>(`${oneScreen}/tabs`, { params: { screenId } })
  return tabs.map((tab) => ({ ...tab, id: String(tab.id) }))
}

function withFields(site: JiraSite, screenId: string, tabs: readonly Named[]): Promise<Tab[]> {
  return Promise.all(
    tabs.map(async (tab) => {
      const params = { screenId, tabId: tab.id }
      const fields = await site.get<readonly { id: string }[]>(`${oneScreen}/tabs/{tabId}/fields`, { params })
      return { ...tab, fields: fields.map((field) => field.id) }
    }),
  )
}

function whole(site: JiraSite, listed: Listed, tabs: readonly Named[]): Promise<Screen | Gap | undefined> {
  const id = String(listed.id)
  return readOne<Screen>(
    { type: 'jira/screen', id },
    async () => ({ ...listed, tabs: await withFields(site, id, tabs.length === 1 ? tabs : await orderedTabs(site, id)) }),
    async () => (await find(site, id)) !== undefined,
  )
}
