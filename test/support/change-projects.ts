import type { JiraSite } from '../../src/products/jira/site.ts'
import { all, api, type Change, changed, type Named } from './change-kit.ts'
import { at } from './fill-site.ts'
import { orX } from './names.ts'

export const projectChanges = {
  async project(admin, { of, to, text: description }) {
    const found = at(await projects(admin), of)
    if (found === undefined) return
    const body = { name: changed(found.name, 80), description, assigneeType: 'PROJECT_LEAD', url: 'https://example.com/changed' }
    await admin.put(`${api}/project/{id}`, { params: { id: found.id }, body })
    const schemes = await all<{ id: number }>(admin, `${api}/workflowscheme`, 50)
    const workflowSchemeId = at([null, ...schemes.map(({ id }) => String(id))], to)
    await admin.put(`${api}/workflowscheme/project`, { body: { projectId: found.id, workflowSchemeId } })
  },
  async component(admin, { of, part, to, text: name }) {
    const found = at(await projects(admin), of)
    if (found === undefined) return
    const components = await admin.get<readonly Named[]>(`${api}/project/{id}/components`, { params: { id: found.id } })
    const [one, other] = [at(components, part), at(components, to)]
    if (one === undefined || other === undefined) return
    const path = `${api}/component/{id}`
    if (one.id === other.id) await admin.delete(path, { params: { id: one.id } })
    else {
      const rename = (id: string, called: string) =>
        admin.put(path, { params: { id }, body: { name: called, description: orX(name, 255, '') } })
      await rename(one.id, 'For a moment')
      await rename(other.id, one.name)
      await rename(one.id, other.name)
    }
  },
  async version(admin, { of, part, to, text: description }) {
    const found = at(await projects(admin), of)
    if (found === undefined) return
    const versions = await admin.get<readonly Named[]>(`${api}/project/{id}/versions`, { params: { id: found.id } })
    const [one, other] = [at(versions, part), at(versions, to)]
    if (one === undefined || other === undefined) return
    const path = `${api}/version/{id}`
    const change = (id: string, body: object) => admin.put(path, { params: { id }, body })
    if (one.id === other.id) {
      await change(one.id, { description, archived: true, released: true, releaseDate: '2031-01-31' })
      return
    }
    await change(one.id, { name: 'For a moment' })
    await change(other.id, { name: one.name })
    await change(one.id, { name: other.name })
    await admin.post(`${path}/move`, { params: { id: other.id }, body: { position: 'Last' } })
  },
  async versionRemoved(admin, { of, part }) {
    const found = at(await projects(admin), of)
    if (found === undefined) return
    const version = at(await admin.get<readonly Named[]>(`${api}/project/{id}/versions`, { params: { id: found.id } }), part)
    if (version !== undefined) await admin.post(`${api}/version/{id}/removeAndSwap`, { params: { id: version.id }, body: {} })
  },
} satisfies Readonly<Record<string, Change>>

/** Spaces that are not archived: those take no change. */
async function projects(admin: JiraSite): Promise<readonly Named[]> {
  return Array.fromAsync(admin.pages<Named>(`${api}/project/search`, { size: 100, query: { status: ['live'] } }))
}
