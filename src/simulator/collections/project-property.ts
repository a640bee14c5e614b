/** Entity properties of projects: any JSON under a key. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-properties/ */
import { noContent, ok, refuse } from '../answers.ts'
import type { Answer, Call, Family } from '../kit.ts'
import { projectNamed } from '../quirks/project-view.ts'
import { record } from '../rows.ts'
import type { Row } from '../state.ts'

export interface ProjectPropertyRow extends Row {
  readonly projectId: string
  readonly key: string
  readonly value: unknown
}

const longestValue = 32_768
const longestKey = 255
const path = '/rest/api/3/project/{projectIdOrKey}/properties'

export const projectProperty: Family<ProjectPropertyRow> = {
  name: 'project-property',
  ids: { kind: 'number' },
  missing: (key) => `The property with key '${key}' does not exist.`,
  indexes: { project: (row) => row.projectId, place: (row) => `${row.projectId} ${row.key}` },
  references: [{ to: 'project', ids: (row) => [row.projectId], drops: () => undefined }],
  show: ({ key, value }) => ({ key, value }),
  audit: { category: 'projects', typeName: 'PROJECT_PROPERTY', noun: 'Project property', label: (row) => row.key },
  operations: [
    { method: 'GET', path, needs: 'user', handle: list },
    {
      method: 'GET',
      path: `${path}/{propertyKey}`,
      needs: 'user',
      handle: (call) => ok(projectProperty.show(propertyAt(call), call.site)),
    },
    { method: 'PUT', path: `${path}/{propertyKey}`, handle: put },
    { method: 'DELETE', path: `${path}/{propertyKey}`, handle: remove },
  ],
}

function list(call: Call): Answer {
  const { id } = projectNamed(call)
  const rows = call.site.store(projectProperty).where('project', id)
  const self = (key: string): string => `${call.site.url}/rest/api/3/project/${id}/properties/${encodeURIComponent(key)}`
  return ok({ keys: rows.map(({ key }) => ({ self: self(key), key })) })
}

function propertyAt(call: Call): ProjectPropertyRow {
  const key = call.params['propertyKey'] ?? ''
  const row = call.site.store(projectProperty).where('place', `${projectNamed(call).id} ${key}`)[0]
  if (row === undefined) throw refuse(404, projectProperty.missing(key))
  return row
}

/** 201 where the property is new, 200 where it stood before. */
function put(call: Call): Answer {
  const { id: projectId } = projectNamed(call)
  const key = call.params['propertyKey'] ?? ''
  if (call.body === undefined) throw refuse(400, 'A property must have a value.')
  if (key.length > longestKey) throw refuse(400, `The key must not exceed ${longestKey} characters.`)
  if (JSON.stringify(call.body).length > longestValue) throw refuse(400, `The value must not exceed ${longestValue} characters.`)
  const store = call.site.store(projectProperty)
  const standing = store.where('place', `${projectId} ${key}`)[0]
  const row = standing === undefined ? store.add({ projectId, key, value: call.body }) : store.change(standing.id, { value: call.body })
  record(call, projectProperty, row, standing === undefined ? 'created' : 'updated', [])
  return { status: standing === undefined ? 201 : 200, body: {} }
}

function remove(call: Call): Answer {
  const row = propertyAt(call)
  call.site.store(projectProperty).remove(row.id)
  record(call, projectProperty, row, 'deleted', [])
  return noContent()
}
