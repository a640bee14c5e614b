/** To which projects and issue types contexts apply: read for all contexts of a field at once, changed for one. */
import { bodyOf, idsOf, noContent, refuse } from '../answers.ts'
import { livingField } from '../collections/field.ts'
import { type ContextRow, checkFree, checkTargets, contextOf, contextsAsked, fieldContext } from '../collections/field-context.ts'
import type { Answer, Call, Operation } from '../kit.ts'
import { pages } from '../paging.ts'
import { changeRow } from '../rows.ts'

const path = '/rest/api/3/field/{fieldId}/context'
const paging = pages({ size: 50, max: 50 })

export const contextMappings: readonly Operation[] = [
  { method: 'GET', path: `${path}/issuetypemapping`, handle: readIssueTypes },
  { method: 'GET', path: `${path}/projectmapping`, handle: readProjects },
  { method: 'POST', path: `${path}/mapping`, reads: true, handle: readContexts },
  { method: 'PUT', path: `${path}/{contextId}/issuetype`, handle: addIssueTypes },
  { method: 'POST', path: `${path}/{contextId}/issuetype/remove`, handle: removeIssueTypes },
  { method: 'PUT', path: `${path}/{contextId}/project`, handle: addProjects },
  { method: 'POST', path: `${path}/{contextId}/project/remove`, handle: removeProjects },
]

function readIssueTypes(call: Call): Answer {
  const rows = contextsAsked(call).flatMap(({ id, issueTypeIds }): object[] =>
    issueTypeIds.length === 0
      ? [{ contextId: id, isAnyIssueType: true }]
      : issueTypeIds.map((issueTypeId) => ({ contextId: id, issueTypeId })),
  )
  return paging(call, rows, (row) => row)
}

function readProjects(call: Call): Answer {
  const rows = contextsAsked(call).flatMap(({ id, projectIds }): object[] =>
    projectIds.length === 0 ? [{ contextId: id, isGlobalContext: true }] : projectIds.map((projectId) => ({ contextId: id, projectId })),
  )
  return paging(call, rows, (row) => row)
}

function readContexts(call: Call): Answer {
  const field = livingField(call.site, call.params['fieldId'] ?? '')
  const { mappings } = bodyOf(call.body)
  if (!Array.isArray(mappings) || mappings.length === 0) throw refuse(400, 'The mappings must be provided.')
  const asked = mappings
    .map(bodyOf)
    .map(({ projectId, issueTypeId }) => ({ projectId: String(projectId), issueTypeId: String(issueTypeId) }))
  if (new Set(asked.map((each) => `${each.projectId} ${each.issueTypeId}`)).size < asked.length) {
    throw refuse(400, 'Duplicate project and issue type mappings cannot be provided.')
  }
  checkTargets(call.site, [...new Set(asked.map(({ projectId }) => projectId))], [...new Set(asked.map(({ issueTypeId }) => issueTypeId))])
  const contexts = call.site.store(fieldContext).where('field', field.id)
  const found = asked.map(({ projectId, issueTypeId }) => {
    const own = contexts.find((row) => row.projectIds.includes(projectId)) ?? contexts.find((row) => row.projectIds.length === 0)
    const applies = own !== undefined && (own.issueTypeIds.length === 0 || own.issueTypeIds.includes(issueTypeId))
    return { projectId, issueTypeId, contextId: applies ? own.id : null }
  })
  return paging(call, found, (row) => row)
}

function addIssueTypes(call: Call): Answer {
  const row = contextOf(call)
  refuseGlobal(row, 'Issue types cannot be added to the global context.')
  const ids = required(call, 'issueTypeIds')
  checkTargets(call.site, [], ids)
  const present = ids.filter((id) => row.issueTypeIds.includes(id))
  if (present.length > 0) throw refuse(400, `These issue types are already associated with the context: ${present.join(', ')}.`)
  changeRow(call, fieldContext, row, { issueTypeIds: [...row.issueTypeIds, ...ids] })
  return noContent()
}

function removeIssueTypes(call: Call): Answer {
  const row = contextOf(call)
  const ids = required(call, 'issueTypeIds')
  const absent = ids.filter((id) => !row.issueTypeIds.includes(id))
  if (absent.length > 0) throw refuse(400, `These issue types are not associated with the context: ${absent.join(', ')}.`)
  changeRow(call, fieldContext, row, { issueTypeIds: row.issueTypeIds.filter((id) => !ids.includes(id)) })
  return noContent()
}

function addProjects(call: Call): Answer {
  const row = contextOf(call)
  refuseGlobal(row, 'Projects cannot be added to the global context.')
  const ids = required(call, 'projectIds')
  checkTargets(call.site, ids, [])
  checkFree(call.site, row.fieldId, ids)
  changeRow(call, fieldContext, row, { projectIds: [...row.projectIds, ...ids] })
  return noContent()
}

function removeProjects(call: Call): Answer {
  const row = contextOf(call)
  const ids = required(call, 'projectIds')
  if (new Set(ids).size < ids.length) throw refuse(400, 'The projectIds must not contain duplicates.')
  checkTargets(call.site, ids, [])
  const absent = ids.filter((id) => !row.projectIds.includes(id))
  if (absent.length > 0) throw refuse(400, `These projects are not associated with the context: ${absent.join(', ')}.`)
  const projectIds = row.projectIds.filter((id) => !ids.includes(id))
  const hasGlobal = call.site
    .store(fieldContext)
    .where('field', row.fieldId)
    .some((other) => other.projectIds.length === 0)
  if (projectIds.length === 0 && hasGlobal) throw refuse(400, 'The custom field would have two global contexts.')
  changeRow(call, fieldContext, row, { projectIds })
  return noContent()
}

// https://developer.atlassian.com/changelog/#CHANGE-3019
function refuseGlobal(row: ContextRow, message: string): void {
  if (row.projectIds.length === 0) throw refuse(400, message)
}

function required(call: Call, property: string): string[] {
  const ids = idsOf(bodyOf(call.body), property)
  if (ids.length === 0) throw refuse(400, `The ${property} must be provided.`)
  return ids
}
