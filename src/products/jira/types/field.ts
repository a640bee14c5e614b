import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import { TidemarkError } from '../../../model/errors.ts'
import { defineType } from '../../../model/resource-type.ts'
import { isGlobal, scopeReference, scopeVolatile } from '../references.ts'
import type { JiraSite } from '../site.ts'
import { validateFields } from '../validators/field.ts'
import { clauseOf, workItems } from '../work-items.ts'

const shape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  isLocked: Type.Optional(Type.Boolean()),
  searcherKey: Type.Optional(Type.String()),
  schema: Type.Object({ type: Type.String(), custom: Type.Optional(Type.String()) }),
  scope: Type.Optional(Type.Object({ type: Type.String() })),
})
export type Field = Static<typeof shape>

const expand = 'isLocked,searcherKey'
const jirasOwn = 'com.atlassian.jira.plugin.system.customfieldtypes:'

/** The site's company-managed custom fields, read once a run and shared. Costs one request for 50 fields. */
export function fieldsOf(site: JiraSite, options: { readonly anew?: boolean } = {}): Promise<readonly Field[]> {
  const query = { type: 'custom', expand }
  return site.once('fields', () => Array.fromAsync(site.pages<Field>('/rest/api/3/field/search', { size: 50, query })), options)
}

/**
 * Custom fields; system fields are the same everywhere. The search knows company-managed fields only, so those of team-managed spaces come from
 * the list of all fields (one request more). Deleting puts a field into Jira's trash, from where it returns with its id and all its values.
 */
export const field = defineType<Field, JiraSite>({
  name: 'jira/field',
  title: 'Custom field',
  about: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/',
  page: '/secure/admin/ViewCustomFields.jspa',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/name', '/schema/custom', '/scope/project/id'],
  spellings: { name: '/name' },
  references: [scopeReference],
  // `key` repeats the id, `customId` and `clauseNames` spell it another way; `typeDisplayName` is Jira's present wording of `schema`.
  volatile: [
    ...scopeVolatile,
    '/key',
    '/schema/customId',
    '/clauseNames',
    '/stableId',
    '/typeDisplayName',
    '/lastUsed',
    '/screensCount',
    '/contextsCount',
    '/projectsCount',
  ],
  fixed: ['/schema'],
  owned: (spec) => (spec as unknown as Field).isLocked !== true && isGlobal(spec as unknown as Field),
  twin: { longest: 255, remark: '/description', fits: (spec) => (spec as unknown as Field).schema.custom?.startsWith(jirasOwn) === true },
  audited: ['custom_field'],
  lost: 'the values that work items held in it',

  async *read(site) {
    yield* await fieldsOf(site, { anew: true })
    yield* await teamManaged(site)
  },

  async get(site, id) {
    const query = { type: 'custom', id, expand }
    for await (const found of site.pages<Field>('/rest/api/3/field/search', { size: 50, query })) if (found.id === id) return found
    return (await teamManaged(site)).find((found) => found.id === id)
  },

  async create(site, item) {
    const { name, description, schema } = item
    if (!isMadeByJira(item)) {
      throw new TidemarkError('PRODUCT_FIELD_OF_APP', 'Only an app (or a space template) can make a field of this type.', {
        data: { type: schema.custom ?? schema.type },
        cure: 'Install the app on this site, so that it makes its field; then plan again.',
      })
    }
    const body = { name, description: description ?? '', type: schema.custom, ...searcher(item) }
    const made = await site.post<Field>('/rest/api/3/field', { body })
    return { id: made.id }
  },

  async update(site, id, item) {
    const body = { name: item.name, description: item.description ?? '', ...searcher(item) }
    await site.put('/rest/api/3/field/{id}', { params: { id }, body })
  },

  remove: (site, id) => site.post('/rest/api/3/field/{id}/trash', { params: { id } }),
  erase: (site, id) => site.delete('/rest/api/3/field/{id}', { params: { id } }),
  revive: (site, id) => site.post('/rest/api/3/field/{id}/restore', { params: { id } }),

  async trashed(site) {
    const ids: string[] = []
    for await (const { id } of site.pages<Field>('/rest/api/3/field/search/trashed', { size: 50 })) ids.push(id)
    return ids
  },

  held: (site, id) => workItems(site, `${clauseOf(id)} is not EMPTY`),
  validate: validateFields,
})

/** Whether Jira's own API makes fields of this type; all others come with an app or a space template. */
export function isMadeByJira({ schema }: Field): boolean {
  return schema.custom?.startsWith(jirasOwn) === true
}

/** Text fields that Jira made by itself carry a searcher that its own API refuses for them; the plain text searcher is what it stands for. */
function searcher({ searcherKey: key, schema }: Field): { searcherKey?: string } {
  if (key === undefined) return {}
  return { searcherKey: key === `${jirasOwn}exacttextsearcher` && schema.custom !== `${jirasOwn}url` ? `${jirasOwn}textsearcher` : key }
}

async function teamManaged(site: JiraSite): Promise<readonly Field[]> {
  const all = await site.get<readonly (Field & { custom?: boolean })[]>('/rest/api/3/field')
  return all.filter((candidate) => candidate.custom === true && !isGlobal(candidate))
}
