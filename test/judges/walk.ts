import { randomUUID } from 'node:crypto'

/** One call of an endpoint, by Atlassian's template. */
export interface Step {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Makes the call and answers its body; of an asynchronous one, the task. */
// biome-ignore lint/suspicious/noExplicitAny: the walk knows the shape of what it asks for.
export type Caller = (method: string, template: string, step?: Step) => Promise<any>

const api = '/rest/api/3'
const select = 'com.atlassian.jira.plugin.system.customfieldtypes:select'
const selectSearcher = 'com.atlassian.jira.plugin.system.customfieldtypes:multiselectsearcher'

/**
 * Calls every endpoint of the simulator at least once, each with a valid body, and makes what it needs as it goes. The site must hold
 * projects, workflows and schemes; `lead` is the account id of an active person.
 */
export async function walk(call: Caller, lead: string): Promise<void> {
  await siteItself(call, lead)
  const issueTypeId = await vocabulary(call)
  await fields(call, issueTypeId)
  await screens(call)
  const { workflow, scheme } = await workflows(call, issueTypeId)
  await projects(call, lead, scheme)
  await schemes(call, issueTypeId, lead, workflow, scheme)
}

async function siteItself(call: Caller, lead: string): Promise<void> {
  await call('GET', '/_edge/tenant_info')
  for (const name of ['serverInfo', 'myself', 'permissions', 'configuration', 'instance/license']) await call('GET', `${api}/${name}`)
  await call('GET', `${api}/user`, { query: { accountId: lead } })
  await call('GET', `${api}/users/search`)
  await call('GET', `${api}/mypermissions`, { query: { permissions: 'ADMINISTER' } })
  const roles = await call('GET', `${api}/applicationrole`)
  await call('GET', `${api}/applicationrole/{key}`, { params: { key: roles[0].key } })
}

async function vocabulary(call: Caller): Promise<string> {
  const scope = { type: 'GLOBAL' }
  const name = 'Walked'
  const [status] = await call('POST', `${api}/statuses`, {
    body: { scope, statuses: [{ name, statusCategory: 'TODO', description: 'd' }] },
  })
  await call('PUT', `${api}/statuses`, { body: { statuses: [{ id: status.id, name, statusCategory: 'DONE', description: '' }] } })
  await call('GET', `${api}/statuses`, { query: { id: status.id } })
  await call('GET', `${api}/statuses/byNames`, { query: { name } })
  await call('GET', `${api}/statuses/search`)
  await call('GET', `${api}/status`)
  await call('GET', `${api}/status/{idOrName}`, { params: { idOrName: status.id } })
  await call('GET', `${api}/statuscategory`)
  await call('GET', `${api}/statuscategory/{idOrKey}`, { params: { idOrKey: 'done' } })
  await call('GET', `${api}/statuses/{statusId}/workflowUsages`, { params: { statusId: status.id } })
  await call('POST', `${api}/search/approximate-count`, { body: { jql: `status = ${status.id}` } })
  await call('DELETE', `${api}/statuses`, { query: { id: status.id } })

  const type = await call('POST', `${api}/issuetype`, { body: { name: 'Walked type', description: 'd', hierarchyLevel: 0 } })
  const params = { id: type.id }
  await call('PUT', `${api}/issuetype/{id}`, { params, body: { description: 'other' } })
  await call('GET', `${api}/issuetype/{id}`, { params })
  await call('GET', `${api}/issuetype/{id}/alternatives`, { params })
  const all = await call('GET', `${api}/issuetype`)
  await call('DELETE', `${api}/issuetype/{id}`, { params })
  return all.find((each: { hierarchyLevel: number; scope?: object }) => each.hierarchyLevel === 0 && each.scope === undefined).id
}

async function fields(call: Caller, issueTypeId: string): Promise<void> {
  const [project, other] = (await call('GET', `${api}/project/search`, { query: { maxResults: '2', typeKey: 'business' } })).values
  await call('GET', `${api}/issuetype/project`, { query: { projectId: project.id } })
  const body = { name: 'Walked field', description: 'd', type: select, searcherKey: selectSearcher }
  const { id: fieldId } = await call('POST', `${api}/field`, { body })
  await call('GET', `${api}/field`)
  await call('GET', `${api}/field/search`, {
    query: { type: 'custom', expand: 'key,stableId,lastUsed,screensCount,contextsCount,isLocked,searcherKey' },
  })
  await call('PUT', `${api}/field/{fieldId}`, { params: { fieldId }, body: { description: 'other' } })

  const made = { name: 'Second', description: 'd', projectIds: [project.id, other.id], issueTypeIds: [issueTypeId] }
  const { id: contextId } = await call('POST', `${api}/field/{fieldId}/context`, { params: { fieldId }, body: made })
  const field = `${api}/field/{fieldId}/context`
  const context = `${field}/{contextId}`
  const params = { fieldId, contextId }
  await call('GET', field, { params: { fieldId } })
  await call('PUT', context, { params, body: { name: 'Third', description: '' } })
  await call('GET', `${field}/issuetypemapping`, { params: { fieldId } })
  await call('GET', `${field}/projectmapping`, { params: { fieldId } })
  await call('POST', `${field}/mapping`, { params: { fieldId }, body: { mappings: [{ projectId: project.id, issueTypeId }] } })
  await call('POST', `${context}/issuetype/remove`, { params, body: { issueTypeIds: [issueTypeId] } })
  await call('PUT', `${context}/issuetype`, { params, body: { issueTypeIds: [issueTypeId] } })

  const { options } = await call('POST', `${context}/option`, {
    params,
    body: {
      options: [
        { value: 'Red', disabled: false },
        { value: 'Blue', disabled: false },
      ],
    },
  })
  const [red, blue] = options.map(({ id }: { id: string }) => id)
  await call('GET', `${context}/option`, { params })
  await call('PUT', `${context}/option`, { params, body: { options: [{ id: red, value: 'Crimson', disabled: false }] } })
  await call('PUT', `${context}/option/move`, { params, body: { customFieldOptionIds: [blue], position: 'First' } })
  await call('GET', `${api}/customFieldOption/{id}`, { params: { id: red } })
  const defaultValues = [{ type: 'option.single', contextId, optionId: red }]
  await call('PUT', `${field}/defaultValue`, { params: { fieldId }, body: { defaultValues } })
  await call('GET', `${field}/defaultValue`, { params: { fieldId } })
  await call('GET', `${field}/defaultValues`, { params: { fieldId } })
  await call('DELETE', `${context}/option/{optionId}/issue`, { params: { ...params, optionId: blue } })
  await call('DELETE', `${context}/option/{optionId}`, { params: { ...params, optionId: blue } })
  await call('POST', `${context}/project/remove`, { params, body: { projectIds: [project.id] } })
  await call('PUT', `${context}/project`, { params, body: { projectIds: [project.id] } })
  await call('DELETE', context, { params })

  await call('GET', `${api}/field/{fieldId}/screens`, { params: { fieldId } })
  await call('POST', `${api}/field/{id}/trash`, { params: { id: fieldId } })
  await call('GET', `${api}/field/search/trashed`)
  await call('POST', `${api}/field/{id}/restore`, { params: { id: fieldId } })
  await call('POST', `${api}/field/{id}/trash`, { params: { id: fieldId } })
  const task = await call('DELETE', `${api}/field/{id}`, { params: { id: fieldId } })
  await call('GET', `${api}/task/{taskId}`, { params: { taskId: task.id } })
}

async function screens(call: Caller): Promise<void> {
  const body = { name: 'Walked screen', description: 'd' }
  const screen = await call('POST', `${api}/screens`, { body })
  const params = { screenId: String(screen.id) }
  const at = `${api}/screens/{screenId}`
  await call('GET', `${api}/screens`)
  await call('PUT', at, { params, body: { name: 'Walked screen', description: 'other' } })
  await call('GET', `${at}/availableFields`, { params })
  const tab = await call('POST', `${at}/tabs`, { params, body: { name: 'More' } })
  const place = { ...params, tabId: String(tab.id) }
  await call('GET', `${at}/tabs`, { params })
  await call('PUT', `${at}/tabs/{tabId}`, { params: place, body: { name: 'Still more' } })
  await call('GET', `${api}/screens/tabs`, { query: { screenId: params.screenId } })
  for (const fieldId of ['summary', 'priority']) await call('POST', `${at}/tabs/{tabId}/fields`, { params: place, body: { fieldId } })
  await call('GET', `${at}/tabs/{tabId}/fields`, { params: place })
  await call('POST', `${at}/tabs/{tabId}/fields/{id}/move`, { params: { ...place, id: 'priority' }, body: { position: 'First' } })
  await call('DELETE', `${at}/tabs/{tabId}/fields/{id}`, { params: { ...place, id: 'priority' } })
  await call('POST', `${at}/tabs/{tabId}/move/{pos}`, { params: { ...place, pos: '0' } })
  await call('DELETE', `${at}/tabs/{tabId}`, { params: place })
  const text = 'com.atlassian.jira.plugin.system.customfieldtypes:textfield'
  const field = await call('POST', `${api}/field`, { body: { name: 'On the default screen', description: 'd', type: text } })
  await call('POST', `${api}/screens/addToDefault/{fieldId}`, { params: { fieldId: field.id } })
  await call('DELETE', at, { params })
}

async function workflows(call: Caller, issueTypeId: string): Promise<{ workflow: { id: string; name: string }; scheme: { id: number } }> {
  await call('GET', `${api}/workflows/search`, { query: { expand: 'values.transitions' } })
  const [from, to] = [randomUUID(), randomUUID()]
  const statuses = [from, to].map((statusReference, place) => ({
    statusReference,
    name: `Walked status ${place}`,
    statusCategory: 'TODO',
    description: 'd',
  }))
  const rules = { description: '', properties: {}, triggers: [], validators: [], actions: [] }
  const payload = (name: string) => ({
    scope: { type: 'GLOBAL' },
    statuses,
    workflows: [
      {
        name,
        description: 'd',
        startPointLayout: { x: 1, y: 1 },
        statuses: [from, to].map((statusReference) => ({ statusReference, layout: { x: 1, y: 2 }, properties: {} })),
        transitions: [
          { ...rules, id: '1', type: 'INITIAL', name: 'Create', toStatusReference: from, links: [] },
          {
            ...rules,
            id: '11',
            type: 'DIRECTED',
            name: 'Go',
            toStatusReference: to,
            links: [{ fromStatusReference: from, fromPort: 0, toPort: 1 }],
          },
        ],
      },
    ],
  })
  const wrong = payload('jira')
  await call('POST', `${api}/workflows/create/validation`, { body: { payload: wrong, validationOptions: { levels: ['ERROR'] } } })
  const made = await call('POST', `${api}/workflows/create`, { body: payload('Walked workflow') })
  const [workflow] = made.workflows
  const read = await call('POST', `${api}/workflows`, { body: { workflowIds: [workflow.id] } })
  const [{ id, version, transitions, statuses: places }] = read.workflows
  const update = {
    statuses: read.statuses.map(({ scope: _scope, ...status }: { scope: object }) => status),
    workflows: [
      { id, version, transitions, statuses: places.map(({ deprecated: _deprecated, ...rest }: { deprecated: boolean }) => rest) },
    ],
  }
  const stale = { ...update, workflows: [{ ...update.workflows[0], version: { ...version, versionNumber: 9 } }] }
  await call('POST', `${api}/workflows/update/validation`, { body: { payload: stale, validationOptions: { levels: ['ERROR'] } } })
  await call('POST', `${api}/workflows/update`, { body: update })
  await call('GET', `${api}/workflows/capabilities`, { query: { workflowId: id } })
  await call('GET', `${api}/workflows/defaultEditor`)

  const body = { name: 'Walked scheme', description: 'd', defaultWorkflow: 'jira', issueTypeMappings: { [issueTypeId]: workflow.name } }
  const scheme = await call('POST', `${api}/workflowscheme`, { body })
  return { workflow, scheme }
}

async function projects(call: Caller, lead: string, scheme: { id: number }): Promise<void> {
  const category = await call('POST', `${api}/projectCategory`, { body: { name: 'Walked category', description: 'd' } })
  const byId = { id: category.id }
  await call('PUT', `${api}/projectCategory/{id}`, { params: byId, body: { name: 'Walked on', description: 'd' } })
  await call('GET', `${api}/projectCategory/{id}`, { params: byId })
  await call('GET', `${api}/projectCategory`)

  const expand = 'description,lead,issueTypes,url,insight'
  await call('GET', `${api}/project/search`, { query: { expand } })
  const project = {
    key: 'WALK',
    name: 'Walked project',
    projectTypeKey: 'software',
    leadAccountId: lead,
    assigneeType: 'PROJECT_LEAD',
    url: 'https://example.com',
    categoryId: Number(category.id),
    workflowScheme: scheme.id,
  }
  await call('POST', `${api}/project`, { body: project })
  const params = { projectIdOrKey: 'WALK' }
  const at = `${api}/project/{projectIdOrKey}`

  const component = { name: 'Part', project: 'WALK', leadAccountId: lead, assigneeType: 'PROJECT_LEAD', description: 'd' }
  const { id: componentId } = await call('POST', `${api}/component`, { body: component })
  await call('PUT', `${api}/component/{id}`, { params: { id: componentId }, body: { name: 'Other part' } })
  await call('GET', `${api}/component/{id}`, { params: { id: componentId } })
  await call('GET', `${at}/components`, { params })
  await call('GET', `${at}/component`, { params })

  const { id: projectId } = await call('GET', at, { params })
  const version = (name: string) => ({ name, projectId: Number(projectId), description: 'd', releaseDate: '2026-01-01', released: true })
  const [one, two, three] = [
    await call('POST', `${api}/version`, { body: version('1') }),
    await call('POST', `${api}/version`, { body: version('2') }),
    await call('POST', `${api}/version`, { body: version('3') }),
  ]
  await call('PUT', `${api}/version/{id}`, { params: { id: one.id }, body: { description: 'other' } })
  await call('GET', `${api}/version/{id}`, { params: { id: one.id } })
  await call('POST', `${api}/version/{id}/move`, { params: { id: one.id }, body: { position: 'Last' } })
  await call('GET', `${at}/versions`, { params })
  await call('GET', `${at}/version`, { params })
  await call('DELETE', `${api}/version/{id}`, { params: { id: two.id } })
  await call('POST', `${api}/version/{id}/removeAndSwap`, { params: { id: three.id }, body: {} })

  const property = { ...params, propertyKey: 'walked' }
  await call('PUT', `${at}/properties/{propertyKey}`, { params: property, body: { deep: [1] } })
  await call('GET', `${at}/properties/{propertyKey}`, { params: property })
  await call('GET', `${at}/properties`, { params })
  await call('DELETE', `${at}/properties/{propertyKey}`, { params: property })

  await call('GET', `${at}/statuses`, { params })
  await call('PUT', `${api}/project/{projectId}/email`, { params: { projectId }, body: { emailAddress: 'team@example.com' } })
  await call('GET', `${api}/project/{projectId}/email`, { params: { projectId } })
  await call('PUT', at, { params, body: { description: 'other' } })
  await call('GET', at, { params })
  await call('GET', `${api}/project/type`)
  await call('GET', `${api}/project/type/{projectTypeKey}`, { params: { projectTypeKey: 'software' } })
  await call('GET', `${api}/projectvalidate/key`, { query: { key: 'WALK' } })
  await call('GET', `${api}/projectvalidate/validProjectKey`, { query: { key: 'WALK' } })
  await call('GET', `${api}/projectvalidate/validProjectName`, { query: { name: 'Walked project' } })
  await call('DELETE', `${api}/component/{id}`, { params: { id: componentId } })
  await call('POST', `${at}/archive`, { params })
  await call('GET', `${api}/project/search`, { query: { status: 'archived' } })
  await call('POST', `${at}/restore`, { params })
  await call('DELETE', `${api}/projectCategory/{id}`, { params: byId })
}

async function schemes(call: Caller, issueTypeId: string, lead: string, workflow: { id: string }, scheme: { id: number }): Promise<void> {
  const id = String(scheme.id)
  const at = `${api}/workflowscheme`
  await call('GET', at)
  await call('GET', `${at}/{id}`, { params: { id } })
  await call('PUT', `${at}/{id}`, { params: { id }, body: { description: 'other', updateDraftIfNeeded: true } })
  const [read] = await call('POST', `${at}/read`, { body: { workflowSchemeIds: [id] } })
  const mapping = { id, workflowsForIssueTypes: [{ issueTypeIds: [issueTypeId], workflowId: workflow.id }] }
  await call('POST', `${at}/update/mappings`, { body: mapping })
  await call('POST', `${at}/update`, { body: { ...mapping, name: 'Walked scheme', description: '', version: read.version } })
  const { id: projectId } = await call('GET', `${api}/project/{projectIdOrKey}`, { params: { projectIdOrKey: 'WALK' } })
  await call('GET', `${at}/project`, { query: { projectId } })
  await call('GET', `${at}/{workflowSchemeId}/projectUsages`, { params: { workflowSchemeId: id } })
  await call('GET', `${api}/workflow/{workflowId}/projectUsages`, { params: { workflowId: workflow.id } })
  await call('GET', `${api}/workflow/{workflowId}/workflowSchemes`, { params: { workflowId: workflow.id } })
  await call('PUT', `${at}/project`, { body: { projectId, workflowSchemeId: id } })
  const target = await call('POST', at, { body: { name: 'Walked to', description: '', defaultWorkflow: 'jira' } })
  const task = await call('POST', `${at}/project/switch`, { body: { projectId, targetSchemeId: String(target.id) } })
  for (let asked = 0; asked < 3; asked += 1) await call('GET', `${api}/task/{taskId}`, { params: { taskId: task.id } })
  await call('DELETE', `${at}/{id}`, { params: { id } })
  await call('DELETE', `${api}/workflow/{entityId}`, { params: { entityId: workflow.id } })

  await call('DELETE', `${api}/project/{projectIdOrKey}`, { params: { projectIdOrKey: 'WALK' } })
  const key = { key: 'WALKB', name: 'Walked twice', projectTypeKey: 'business', leadAccountId: lead }
  await call('POST', `${api}/project`, { body: key })
  const ending = await call('POST', `${api}/project/{projectIdOrKey}/delete`, { params: { projectIdOrKey: key.key } })
  await call('POST', `${api}/task/{taskId}/cancel`, { params: { taskId: ending.id } })
  await call('GET', `${api}/auditing/record`)
}
