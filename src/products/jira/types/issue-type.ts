import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import { TidemarkError } from '../../../model/errors.ts'
import { defineType } from '../../../model/resource-type.ts'
import { isGlobal, scopeReference, scopeVolatile } from '../references.ts'
import type { JiraSite } from '../site.ts'
import { validateIssueTypes } from '../validators/issue-type.ts'
import { workItems } from '../work-items.ts'

const shape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  hierarchyLevel: Type.Integer(),
  scope: Type.Optional(Type.Object({ type: Type.String() })),
})
export type IssueType = Static<typeof shape>

/**
 * Work types. Costs one request. Left out: the avatar (`avatarId`, `iconUrl`), whose id means nothing elsewhere until images are a type of their
 * own, and `entityId`, a second id of the site's own.
 */
export const issueType = defineType<IssueType, JiraSite>({
  name: 'jira/issue-type',
  title: 'Work type',
  about: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/',
  page: '/secure/admin/ViewIssueTypes.jspa',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/name', '/scope/project/id'],
  spellings: { name: '/name' },
  references: [scopeReference],
  volatile: [...scopeVolatile, '/self', '/avatarId', '/iconUrl', '/entityId'],
  twin: {
    longest: 60,
    repeats: ['/untranslatedName'],
    remark: '/description',
    fits: (spec) => (spec as unknown as IssueType).hierarchyLevel <= 0,
  },
  fixed: ['/hierarchyLevel', '/subtask'],
  owned: (spec) => isGlobal(spec as unknown as IssueType),
  lost: 'the record of which work items had it: they have another type since',

  async *read(site) {
    yield* await site.get<IssueType[]>('/rest/api/3/issuetype')
  },

  get: (site, id) => site.find('/rest/api/3/issuetype/{id}', { params: { id } }),

  async create(site, { name, description, hierarchyLevel }) {
    if (hierarchyLevel > 0) {
      throw new TidemarkError('PRODUCT_HIERARCHY_LEVEL', `No API makes work types of hierarchy level ${hierarchyLevel}.`, {
        cure: 'Create it under Settings, Work items, Work type hierarchy, with the same name; then plan again.',
      })
    }
    const body = { name, description: description ?? '', hierarchyLevel }
    const made = await site.post<IssueType>('/rest/api/3/issuetype', { body })
    return { id: made.id }
  },

  async update(site, id, { name, description }) {
    await site.put('/rest/api/3/issuetype/{id}', { params: { id }, body: { name, description: description ?? '' } })
  },

  remove: (site, id) => site.delete('/rest/api/3/issuetype/{id}', { params: { id } }),

  held: (site, id) => workItems(site, `issuetype = ${id}`),
  validate: validateIssueTypes,
})
