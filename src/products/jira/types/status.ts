import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import { defineType } from '../../../model/resource-type.ts'
import { listedUnlessTold } from '../listed.ts'
import { isGlobal, scopeReference, scopeVolatile } from '../references.ts'
import type { JiraSite } from '../site.ts'
import { validateStatuses } from '../validators/status.ts'
import { workItems } from '../work-items.ts'

const shape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  statusCategory: Type.String(),
  scope: Type.Optional(Type.Object({ type: Type.String() })),
})
export type Status = Static<typeof shape>

/** Costs one request for 200 statuses. Jira locks all statuses while it rewrites workflows, so writes wait for their turn. */
export const status = defineType<Status, JiraSite>({
  name: 'jira/status',
  title: 'Status',
  about: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/',
  page: '/secure/admin/ViewStatuses.jspa',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/name', '/scope/project/id'],
  spellings: { name: '/name' },
  references: [scopeReference],
  volatile: scopeVolatile,
  owned: (spec) => isGlobal(spec as unknown as Status),
  twin: { longest: 60, remark: '/description' },
  audited: ['status'],

  read: all,

  get: (site, id) =>
    listedUnlessTold(site, { id, what: 'statuses', all }, async () => {
      const [found] = (await site.find<Status[]>('/rest/api/3/statuses', { query: { id } })) ?? []
      return found
    }),

  async create(site, { name, description, statusCategory }) {
    const body = { scope: { type: 'GLOBAL' }, statuses: [{ name, description: description ?? '', statusCategory }] }
    const [made] = await site.whenUnlocked(() => site.post<[Status]>('/rest/api/3/statuses', { body }))
    return { id: made.id }
  },

  async update(site, id, { name, description, statusCategory }) {
    const body = { statuses: [{ id, name, description: description ?? '', statusCategory }] }
    await site.whenUnlocked(() => site.put('/rest/api/3/statuses', { body }))
  },

  async remove(site, id) {
    await site.whenUnlocked(() => site.delete('/rest/api/3/statuses', { query: { id } }))
  },

  held: (site, id) => workItems(site, `status = ${id}`),
  validate: validateStatuses,
})

function all(site: JiraSite): AsyncIterable<Status> {
  return site.pages<Status>('/rest/api/3/statuses/search', { size: 200 })
}
