import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import type { Json, JsonObject } from '../../../model/json.ts'
import { defineType, type Gap } from '../../../model/resource-type.ts'
import { readOne } from '../gaps.ts'
import { accountsIn } from '../needs.ts'
import { chunksOf } from '../order.ts'
import { writeComponents, writeVersions } from '../project-parts.ts'
import { projectVolatile } from '../project-volatile.ts'
import { type JiraSite, statusOf } from '../site.ts'
import { validateProjects } from '../validators/project.ts'
import { workItems } from '../work-items.ts'
import { assignWorkflowScheme, workflowSchemesOf } from '../workflow-assignment.ts'

const account = Type.Object({ accountId: Type.String() })
const component = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  assigneeType: Type.Optional(Type.String()),
  lead: Type.Optional(account),
})
const version = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  archived: Type.Optional(Type.Boolean()),
  released: Type.Optional(Type.Boolean()),
  startDate: Type.Optional(Type.String()),
  releaseDate: Type.Optional(Type.String()),
})
const shape = Type.Object({
  id: Type.String(),
  key: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  url: Type.Optional(Type.String()),
  projectTypeKey: Type.String(),
  style: Type.Optional(Type.String()),
  simplified: Type.Optional(Type.Boolean()),
  archived: Type.Optional(Type.Boolean()),
  assigneeType: Type.Optional(Type.String()),
  lead: Type.Optional(account),
  workflowScheme: Type.Optional(Type.String()),
  components: Type.Array(component),
  versions: Type.Array(version),
})
export type Project = Static<typeof shape>
export type Component = Static<typeof component>
export type Version = Static<typeof version>

const one = '/rest/api/3/project/{projectIdOrKey}'
/**
 * Spaces with their components and versions, and which workflow scheme they have. Costs one request for 100 spaces, one for the workflow schemes of
 * those 100, one for each space, and one more where a space has components, since only their own list tells who is assigned.
 *
 * Left out, until they are types of their own: category, avatar, roles, properties, features, sender address, and the schemes of work types,
 * screens, fields, permissions, notifications, security levels and priorities. `issueTypes` and `issueTypeHierarchy` follow from those;
 * `uuid`, `landingPageInfo`, `insight`, `favourite` and `permissions` are the site's bookkeeping or the reader's own.
 */
export const project = defineType<Project, JiraSite>({
  name: 'jira/project',
  title: 'Space',
  about: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/',
  page: '/jira/projects',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/key'],
  spellings: { key: '/key', name: '/name' },
  parts: [
    { at: '/components/*', kind: 'component', id: '/id', label: '/name', identity: ['/name'], holds: 'values' },
    { at: '/versions/*', kind: 'version', id: '/id', label: '/name', identity: ['/name'], holds: 'values' },
  ],
  // Late, since a space needs no scheme to begin with, and schemes lead to workflows, fields and their contexts, which name spaces.
  references: [{ at: '/workflowScheme', to: 'jira/workflow-scheme', late: true }],
  volatile: projectVolatile,
  later: ['/components', '/versions', '/archived'],
  sets: [{ at: '/components', by: '/id' }],
  ownToSite: ['/url', '/lead/accountId', '/components/*/lead/accountId'],
  // Permission schemes may grant rights to whoever leads a space. Leads of components and the default assignee get work, not rights.
  access: [{ at: '/lead/accountId' }],
  fixed: ['/projectTypeKey', '/style', '/simplified'],
  owned: (spec) => isCompanyManaged(spec as unknown as Project),
  needs: accountsIn,
  movesBetween: 'jira/status',
  twin: { longest: 80, remark: '/description', key: '/key' },
  audited: ['project'],
  lost: 'its work items',

  async *read(site) {
    const listed = await listedProjects(site)
    for (const chunk of chunksOf(listed, 100)) {
      const schemes = await workflowSchemesOf(
        site,
        chunk.map(({ id }) => id),
      )
      for await (const found of site.each(chunk, ({ id }) => whole(site, id, schemes))) if (found !== undefined) yield found
    }
  },

  async get(site, id) {
    const found = await details(site, id)
    return found === undefined ? undefined : withScheme(found, (await workflowSchemesOf(site, [id])).get(id))
  },

  async create(site, item, born) {
    const { key, name, projectTypeKey, workflowScheme } = item
    const scheme = workflowScheme === undefined ? {} : { workflowScheme: Number(workflowScheme) }
    const body = { key, name, projectTypeKey, ...changeable(item), ...scheme }
    const made = await site.post<{ id: number | string }>('/rest/api/3/project', { body })
    const id = String(made.id)
    await born(id)
    const parts = await site.onceThere(() => writeParts(site, id, item, { components: [], versions: [] }))
    if (item.archived === true) await site.post(`${one}/archive`, { params: { projectIdOrKey: id } })
    return { id, parts }
  },

  async update(site, id, item, before, { moves } = {}) {
    const params = { projectIdOrKey: id }
    // An archived space takes no change.
    if (before.archived === true) await site.post(`${one}/restore`, { params })
    const { key, name } = item
    const url = before.url === undefined ? {} : { url: '' }
    await site.put(one, { params, body: { ...(key === before.key ? {} : { key }), name, ...url, ...changeable(item) } })
    if (item.workflowScheme !== before.workflowScheme) await assignWorkflowScheme(site, id, item.workflowScheme, moves)
    const parts = await writeParts(site, id, item, before)
    if (item.archived === true) await site.post(`${one}/archive`, { params })
    return { id, parts }
  },

  /** Into Jira's trash, where it stays for 60 days. */
  remove: (site, id) => deleted(site, id, true),
  erase: (site, id) => deleted(site, id, false),
  revive: (site, id) => site.post(`${one}/restore`, { params: { projectIdOrKey: id } }),

  async trashed(site) {
    const ids: string[] = []
    for await (const { id } of site.pages<Project>('/rest/api/3/project/search', { size: 100, query: { status: 'deleted' } })) ids.push(id)
    return ids
  },

  held(site, id, part) {
    if (part === undefined) return workItems(site, `project = ${id}`)
    return workItems(site, part.kind === 'component' ? `component = ${part.id}` : `fixVersion = ${part.id} OR affectedVersion = ${part.id}`)
  },

  validate: validateProjects,
})

function isCompanyManaged({ style, simplified, projectTypeKey }: Project): boolean {
  return style !== 'next-gen' && simplified !== true && projectTypeKey !== 'product_discovery'
}

/** Deletes a space, into the trash (`undo`) or for good. An archived one must come back first. */
async function deleted(site: JiraSite, id: string, undo: boolean): Promise<void> {
  const params = { projectIdOrKey: id }
  if ((await details(site, id))?.archived === true) await site.post(`${one}/restore`, { params })
  await site.delete(one, { params, query: { enableUndo: undo } })
}

async function listedProjects(site: JiraSite): Promise<readonly { readonly id: string }[]> {
  try {
    const query = { status: ['live', 'archived'] }
    return await Array.fromAsync(site.pages<{ id: string }>('/rest/api/3/project/search', { size: 100, query }))
  } catch (error) {
    // Documented for a site without any space.
    if (statusOf(error) === 404) return []
    throw error
  }
}

async function details(site: JiraSite, id: string): Promise<Project | undefined> {
  const answer = await site.find<Project & { deleted?: boolean; issueTypes?: unknown; components?: Component[] }>(one, {
    params: { projectIdOrKey: id },
  })
  if (answer === undefined || answer.deleted === true) return undefined
  // Repeats every work type in full for every space: on large sites more than all the rest together.
  const { issueTypes: _repeated, url, ...rest } = answer
  // An address that was taken away may be told as an empty one.
  const found = url === undefined || url === '' ? rest : { ...rest, url }
  // Absent only where the answer has a form we do not know, which its reader is to say.
  if (found.components === undefined || found.components.length === 0) return found
  return { ...found, components: await site.get<Component[]>(`${one}/components`, { params: { projectIdOrKey: id } }) }
}

function whole(site: JiraSite, id: string, schemes: Schemes): Promise<Project | Gap | undefined> {
  const search = () => Array.fromAsync(site.pages('/rest/api/3/project/search', { size: 100, query: { id, status: ['live', 'archived'] } }))
  return readOne<Project | undefined>(
    { type: 'jira/project', id },
    async () => {
      const found = await details(site, id)
      if (found !== undefined) return withScheme(found, await schemeOf(site, found, schemes))
      // A space that was just listed and is not found: gone, or hidden from us alone.
      if ((await search()).length > 0) await site.get(one, { params: { projectIdOrKey: id } })
      return undefined
    },
    async () => true,
  )
}

type Schemes = Awaited<ReturnType<typeof workflowSchemesOf>>

/** A space that should have one, and that the answer for many passed over, is asked for once more alone. */
async function schemeOf(site: JiraSite, found: Project, schemes: Schemes): Promise<string | undefined> {
  const told = schemes.has(found.id) || !isCompanyManaged(found) ? schemes : await workflowSchemesOf(site, [found.id])
  return told.get(found.id)
}

function withScheme(found: Project, workflowScheme: string | undefined): Project {
  return workflowScheme === undefined ? found : { ...found, workflowScheme }
}

function changeable({ description = '', url, lead, assigneeType }: Project): JsonObject {
  return {
    description,
    ...(url === undefined ? {} : { url }),
    ...(lead === undefined ? {} : { leadAccountId: lead.accountId }),
    ...(assigneeType === undefined ? {} : { assigneeType }),
  } satisfies Record<string, Json>
}

async function writeParts(
  site: JiraSite,
  projectId: string,
  item: Project,
  before: Pick<Project, 'components' | 'versions'>,
): Promise<ReadonlyMap<string, string>> {
  const components = await writeComponents(site, item.key, item.components, before.components)
  return new Map([...components, ...(await writeVersions(site, projectId, item.versions, before.versions))])
}
