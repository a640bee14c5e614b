import type { JsonObject } from '../../model/json.ts'
import { type JiraSite, statusOf } from './site.ts'
import type { Field } from './types/field.ts'
import type { FieldContext } from './types/field-context.ts'

const jirasOwn = 'com.atlassian.jira.plugin.system.customfieldtypes:'
const withOptions = new Set(['select', 'multiselect', 'radiobuttons', 'multicheckboxes', 'cascadingselect'].map((type) => jirasOwn + type))

/** Does Jira keep a list of options for this field? Asked of others, it answers 400. */
export function holdsOptions(field: Field): boolean {
  return withOptions.has(field.schema.custom ?? '')
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-defaultvalue-get */
function hasDefaults({ schema: { custom = '' } }: Field): boolean {
  return custom.startsWith(jirasOwn) && custom !== `${jirasOwn}importid`
}

/** A context is reached through its field only, so its id is both: `customfield_10010/10025`. */
export function idOfContext(fieldId: string, contextId: string): string {
  return `${fieldId}/${contextId}`
}

/** The reverse of `idOfContext`. */
export function placeOfContext(id: string): { readonly fieldId: string; readonly contextId: string } {
  const cut = id.indexOf('/')
  return { fieldId: id.slice(0, cut), contextId: id.slice(cut + 1) }
}

type Mapping = { readonly contextId: string; readonly projectId?: string; readonly issueTypeId?: string }
type Lister = <T>(path: `/${string}` | '', id: (item: T) => string | number) => Promise<T[]>
type Option = { readonly id: string; readonly optionId?: string | null }

/**
 * The contexts of one field (or the one named), whole. Costs: one request for 50 contexts; one more each for 50 projects, work types and defaults,
 * the first two only where a context is not for all of them; and for fields that have options one for each context and 100 options.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/
 */
export async function contextsOf(site: JiraSite, field: Field, contextId?: string): Promise<readonly FieldContext[]> {
  const first = await contextsNow(site, field, contextId)
  // Mapped to some and to none at once: changed between two of the answers.
  const isTorn = ({ isGlobalContext, isAnyIssueType, projectIds, issueTypeIds }: FieldContext) =>
    (!isGlobalContext && projectIds.length === 0) || (!isAnyIssueType && issueTypeIds.length === 0)
  return first.some(isTorn) ? contextsNow(site, field, contextId) : first
}

async function contextsNow(site: JiraSite, field: Field, contextId: string | undefined): Promise<readonly FieldContext[]> {
  const params = { fieldId: field.id }
  const query = { contextId }
  const list: Lister = (path, id) =>
    Array.fromAsync(site.pages(`/rest/api/3/field/{fieldId}/context${path}`, { params, query, size: 50, id }))
  const ofMapping = (mapping: Mapping) => `${mapping.contextId} ${mapping.projectId ?? mapping.issueTypeId ?? ''}`
  const contexts = await list<FieldContext>('', ({ id }) => id)
  const [projects, issueTypes, defaults] = await Promise.all([
    contexts.some((context) => !context.isGlobalContext) ? list<Mapping>('/projectmapping', ofMapping) : [],
    contexts.some((context) => !context.isAnyIssueType) ? list<Mapping>('/issuetypemapping', ofMapping) : [],
    contexts.length === 0 ? new Map<string, JsonObject[]>() : defaultsOf(site, field, list),
  ])
  const projectsOf = Map.groupBy(projects, (mapping) => mapping.contextId)
  const issueTypesOf = Map.groupBy(issueTypes, (mapping) => mapping.contextId)
  return Promise.all(
    contexts.map(async (context) => ({
      ...context,
      id: idOfContext(field.id, context.id),
      fieldId: field.id,
      projectIds: (projectsOf.get(context.id) ?? []).flatMap(({ projectId }) => projectId ?? []),
      issueTypeIds: (issueTypesOf.get(context.id) ?? []).flatMap(({ issueTypeId }) => issueTypeId ?? []),
      ...(holdsOptions(field) ? { options: await optionsOf(site, field.id, context.id) } : {}),
      defaults: [...(defaults.get(context.id) ?? [])],
    })),
  )
}

/**
 * Options in their order, each parent before its own children: Jira lists them flat, and orders them among their siblings only. What stands below none
 * of them comes last.
 */
export async function optionsOf(site: JiraSite, fieldId: string, contextId: string): Promise<FieldContext['options'] & object> {
  const flat = await Array.fromAsync(
    site.pages<Option>('/rest/api/3/field/{fieldId}/context/{contextId}/option', { params: { fieldId, contextId }, size: 100 }),
  )
  const options: Option[] = flat.map(({ optionId, ...option }) =>
    optionId === undefined || optionId === null ? option : { ...option, optionId },
  )
  const children = Map.groupBy(options, (option) => option.optionId ?? undefined)
  const inOrder = (children.get(undefined) ?? []).flatMap((parent) => [parent, ...(children.get(parent.id) ?? [])])
  const placed = new Set(inOrder)
  const orphans = options.filter((option) => !placed.has(option))
  return [...inOrder, ...orphans] as FieldContext['options'] & object
}

type Reader = 'by work type' | 'by context'
type ByWorkType = {
  readonly contextId: string | number
  readonly defaultValues?: readonly ({ readonly value?: JsonObject } & JsonObject)[]
}

/**
 * Default values by context, each with the work type it is for. Jira is replacing its reader (CHANGE-3082): the new one tells defaults apart by
 * work type; where a site does not have it yet, the old one's answers are given the same form.
 */
async function defaultsOf(site: JiraSite, field: Field, list: Lister): Promise<ReadonlyMap<string, readonly JsonObject[]>> {
  const reader = await site.once('reader of default values', () => readerOf(site, field))
  // Fields of apps may have no default that Jira could tell; of those it makes itself all have one but the import id.
  const unlessRefused = (error: unknown) => {
    if (statusOf(error) === 400 && !hasDefaults(field)) return []
    throw error
  }
  if (reader === 'by work type') {
    const contexts = await list<ByWorkType>('/defaultValues', ({ contextId }) => contextId).catch(unlessRefused)
    return new Map(contexts.map(({ contextId, defaultValues = [] }) => [String(contextId), defaultValues.map(withWorkType)]))
  }
  const found = await list<{ readonly contextId: string } & JsonObject>('/defaultValue', ({ contextId }) => contextId).catch(unlessRefused)
  return new Map(
    found.flatMap(({ contextId, ...value }) => (Object.keys(value).length > 0 ? [[contextId, [{ isAnyIssueType: true, ...value }]]] : [])),
  )
}

/** Which of them the site has, asked of one field. A refusal to tell of this field (400) comes from who is there. */
async function readerOf(site: JiraSite, field: Field): Promise<Reader> {
  const probe = { params: { fieldId: field.id }, query: { maxResults: 1 } }
  const isThere = async (path: string) => {
    try {
      return (await site.find(path, probe)) !== undefined
    } catch (error) {
      if (statusOf(error) === 400) return true
      throw error
    }
  }
  const path = '/rest/api/3/field/{fieldId}/context/defaultValue'
  // Of a field that was deleted a moment ago neither knows anything.
  return (await isThere(`${path}s`)) || !(await isThere(path)) ? 'by work type' : 'by context'
}

function withWorkType({ value = {}, ...about }: { readonly value?: JsonObject } & JsonObject): JsonObject {
  const { contextId: _repeated, ...rest } = value
  // For all work types Jira gives no id, or says null for it.
  const { issueTypeId, ...others } = about
  return { ...others, ...(typeof issueTypeId === 'string' ? { issueTypeId } : {}), ...rest }
}
