import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import { TidemarkError } from '../../../model/errors.ts'
import type { JsonObject } from '../../../model/json.ts'
import { defineType } from '../../../model/resource-type.ts'
import { writeDefaults } from '../default-values.ts'
import { contextsOf, idOfContext, placeOfContext } from '../field-contexts.ts'
import { readOne } from '../gaps.ts'
import { writeOptions } from '../options.ts'
import type { JiraSite } from '../site.ts'
import { validateContexts } from '../validators/field-context.ts'
import { clauseOf, workItems } from '../work-items.ts'
import { field, fieldsOf } from './field.ts'

const option = Type.Object({
  id: Type.String(),
  value: Type.String(),
  disabled: Type.Optional(Type.Boolean()),
  optionId: Type.Optional(Type.String()),
})
const shape = Type.Object({
  id: Type.String(),
  fieldId: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  isGlobalContext: Type.Boolean(),
  isAnyIssueType: Type.Boolean(),
  projectIds: Type.Array(Type.String()),
  issueTypeIds: Type.Array(Type.String()),
  options: Type.Optional(Type.Array(option)),
  defaults: Type.Array(Type.Record(Type.String(), Type.Unknown())),
})
export type FieldContext = Static<typeof shape>

const path = '/rest/api/3/field/{fieldId}/context'
const onePath = `${path}/{contextId}` as const

/**
 * Where a custom field is valid, its options in order and its default values. Every new field has a global context from the start, no field has
 * two, and since April 2026 none can be deleted (CHANGE-3019): creating a global context takes over the one that is there.
 */
export const fieldContext = defineType<FieldContext, JiraSite>({
  name: 'jira/field-context',
  title: 'Custom field context',
  about: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/',
  page: '/secure/admin/ViewCustomFields.jspa',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/fieldId', '/name'],
  only: (spec) => (spec as unknown as FieldContext).isGlobalContext,
  parent: '/fieldId',
  goesWithParent: true,
  parts: [
    {
      at: '/options/*',
      kind: 'option',
      id: '/id',
      label: '/value',
      identity: ['/value', '/optionId'],
      holds: 'values',
      disabled: { at: '/disabled', value: true },
    },
  ],
  references: [
    { at: '/fieldId', to: 'jira/field' },
    { at: '/projectIds/*', to: 'jira/project', missing: 'drop' },
    { at: '/issueTypeIds/*', to: 'jira/issue-type' },
    { at: '/options/*/optionId', to: 'jira/field-context#option' },
    { at: '/defaults/*/issueTypeId', to: 'jira/issue-type' },
    { at: '/defaults/*/optionId', to: 'jira/field-context#option' },
    { at: '/defaults/*/cascadingOptionId', to: 'jira/field-context#option' },
    { at: '/defaults/*/optionIds/*', to: 'jira/field-context#option' },
    { at: '/defaults/*/projectId', to: 'jira/project', late: true },
    { at: '/defaults/*/versionId', to: 'jira/project#version', late: true },
    { at: '/defaults/*/versionIds/*', to: 'jira/project#version', late: true },
    { at: '/defaults/*/groupId', to: 'jira/group' },
    { at: '/defaults/*/groupIds/*', to: 'jira/group' },
    { at: '/defaults/*/userFilter/roleIds/*', to: 'jira/role', as: 'number' },
  ],
  groups: ['/defaults/*/groupId', '/defaults/*/groupIds/*'],
  later: ['/options', '/defaults'],
  sets: [
    { at: '/projectIds' },
    { at: '/issueTypeIds' },
    { at: '/defaults/*/optionIds' },
    { at: '/defaults/*/versionIds' },
    { at: '/defaults/*/groupIds' },
    { at: '/defaults/*/accountIds' },
    { at: '/defaults', by: '/issueTypeId' },
  ],

  async *read(site) {
    const read = site.each(await fieldsOf(site), (of) =>
      readOne(
        { type: 'jira/field', id: of.id },
        () => contextsOf(site, of),
        async () => (await field.get?.(site, of.id)) !== undefined,
      ),
    )
    for await (const found of read) {
      if (found === undefined) continue
      if ('gap' in found) yield found
      else yield* found
    }
  },

  async get(site, id) {
    const { fieldId, contextId } = placeOfContext(id)
    const of = await field.get?.(site, fieldId)
    return of === undefined ? undefined : (await contextsOf(site, of, contextId))[0]
  },

  async create(site, item, born) {
    const { fieldId, name, projectIds, issueTypeIds } = item
    if (!item.isGlobalContext && projectIds.length === 0) {
      throw new TidemarkError(
        'PRODUCT_CONTEXT_EVERYWHERE',
        'None of the spaces of this context exists here: without any, Jira would make it global.',
        {
          cure: 'Restore one of its spaces too, or leave the context out.',
        },
      )
    }
    const there = item.isGlobalContext ? await globalContext(site, fieldId) : undefined
    if (there !== undefined) return { id: there.id, parts: await become(site, there.id, item, there) }
    const body = { name, description: item.description ?? '', projectIds, issueTypeIds }
    const made = await site.post<{ id: string }>(path, { params: { fieldId }, body })
    const id = idOfContext(fieldId, made.id)
    await born(id)
    return { id, parts: await become(site, id, item, { ...item, options: [], defaults: [] }) }
  },

  async update(site, id, item, before) {
    return { id, parts: await become(site, id, item, before) }
  },

  async remove(site, id) {
    await site.delete(onePath, { params: placeOfContext(id) })
  },

  async held(site, id, part) {
    const { fieldId, contextId } = placeOfContext(id)
    if (part?.kind !== 'option') return undefined
    const query = { optionId: part.id, maxResults: 100 }
    const path = `${onePath}/option` as const
    const { values = [] } = await site.get<{ values?: readonly { id: string; optionId?: string }[] }>(path, {
      params: { fieldId, contextId },
      query,
    })
    const parent = values.find((found) => found.id === part.id)?.optionId
    // Below another option it is found by both.
    const named = parent === undefined ? `= ${part.id}` : `in cascadeOption(${parent}, ${part.id})`
    return workItems(site, `${clauseOf(fieldId)} ${named}`)
  },

  validate: validateContexts,
})

async function globalContext(site: JiraSite, fieldId: string): Promise<FieldContext | undefined> {
  const of = await field.get?.(site, fieldId)
  return of === undefined ? undefined : (await contextsOf(site, of)).find(({ isGlobalContext }) => isGlobalContext)
}

async function become(site: JiraSite, id: string, item: FieldContext, before: FieldContext): Promise<ReadonlyMap<string, string>> {
  const params = placeOfContext(id)
  const { name, description = '' } = item
  if (name !== before.name || description !== (before.description ?? '')) await site.put(onePath, { params, body: { name, description } })
  await mapTo(site, params, 'project', 'projectIds', item.projectIds, before.projectIds)
  await mapTo(site, params, 'issuetype', 'issueTypeIds', item.issueTypeIds, before.issueTypeIds)
  const parts =
    item.options === undefined ? new Map<string, string>() : await writeOptions(site, params, item.options, before.options ?? [])
  await writeDefaults(site, params, withIds(item.defaults as JsonObject[], parts), before.defaults as JsonObject[])
  return parts
}

/** Adds before it takes away: a context that is mapped to nothing for a moment would be valid everywhere. */
async function mapTo(
  site: JiraSite,
  params: { readonly fieldId: string; readonly contextId: string },
  place: 'project' | 'issuetype',
  property: 'projectIds' | 'issueTypeIds',
  wanted: readonly string[],
  live: readonly string[],
): Promise<void> {
  const added = wanted.filter((id) => !live.includes(id))
  const taken = live.filter((id) => !wanted.includes(id))
  if (added.length > 0) await site.put(`${onePath}/${place}`, { params, body: { [property]: added } })
  if (taken.length > 0) await site.post(`${onePath}/${place}/remove`, { params, body: { [property]: taken } })
}

/** Default values that name options which did not exist before, by the ids these have now. */
function withIds(defaults: readonly JsonObject[], parts: ReadonlyMap<string, string>): readonly JsonObject[] {
  const idOf = (value: unknown) => (typeof value === 'string' ? (parts.get(value) ?? value) : value)
  const entries = (value: JsonObject) => Object.entries(value).map(([key, of]) => [key, Array.isArray(of) ? of.map(idOf) : idOf(of)])
  return defaults.map((value) => Object.fromEntries(entries(value)))
}
