import type { JiraSite } from '../../src/products/jira/site.ts'
import { all, api, type Change, type Named, unlessRefused } from './change-kit.ts'
import { at } from './fill-site.ts'

const tabsPath = `${api}/screens/{screenId}/tabs`

export const screenChanges = {
  async tabs(admin, { of, part, to }) {
    const { screenId, tabs } = await aScreen(admin, of)
    const [one, other] = [at(tabs, part), at(tabs, to)]
    if (screenId === undefined || one === undefined || other === undefined) return
    const rename = (tabId: number, name: string) => admin.put(`${tabsPath}/{tabId}`, { params: { screenId, tabId }, body: { name } })
    // A name that is no other is refused.
    if (one.name !== 'For a moment') await rename(one.id, 'For a moment')
    if (one.id === other.id) return
    await rename(other.id, one.name)
    await rename(one.id, other.name)
    await admin.post(`${tabsPath}/{tabId}/move/{pos}`, { params: { screenId, tabId: one.id, pos: tabs.indexOf(other) } })
  },
  async tabRemoved(admin, { of, part }) {
    const { screenId, tabs } = await aScreen(admin, of)
    const tab = at(tabs, part)
    if (screenId !== undefined && tab !== undefined && tabs.length > 1) {
      await admin.delete(`${tabsPath}/{tabId}`, { params: { screenId, tabId: tab.id } })
    }
  },
  /** A field goes from one tab to another, or stands elsewhere on its own. */
  async fieldMoved(admin, { of, part, to, text: where }) {
    const { screenId, tabs } = await aScreen(admin, of)
    const [from, target] = [at(tabs, part), at(tabs, to)]
    if (screenId === undefined || from === undefined || target === undefined) return
    const path = `${tabsPath}/{tabId}/fields` as const
    const fields = await admin.get<readonly Named[]>(path, { params: { screenId, tabId: from.id } })
    const id = at(fields, where.length)?.id
    if (id === undefined) return
    if (from.id === target.id) {
      await admin.post(`${path}/{id}/move`, { params: { screenId, tabId: from.id, id }, body: { position: 'First' } })
      return
    }
    await admin.delete(`${path}/{id}`, { params: { screenId, tabId: from.id, id } })
    await admin.post(path, { params: { screenId, tabId: target.id }, body: { fieldId: id } })
  },
  async screenRemoved(admin, { of }) {
    const { screenId } = await aScreen(admin, of)
    // Where a workflow shows it, Jira refuses.
    if (screenId !== undefined) await unlessRefused(admin.delete(`${api}/screens/{screenId}`, { params: { screenId } }))
  },
} satisfies Readonly<Record<string, Change>>

async function aScreen(admin: JiraSite, of: number) {
  const screenId = at(await all<{ id: number }>(admin, `${api}/screens`, 100), of)?.id
  const tabs = screenId === undefined ? [] : await admin.get<readonly { id: number; name: string }[]>(tabsPath, { params: { screenId } })
  return { screenId, tabs }
}
