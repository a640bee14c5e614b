/** Archive, trash, and the end of a project. */
import { noContent, ok, refuse } from '../answers.ts'
import type { IssueTypeRow } from '../collections/issue-type.ts'
import type { ProjectRow } from '../collections/project-row.ts'
import type { StatusRow } from '../collections/status.ts'
import type { Answer, Call } from '../kit.ts'
import { changeRow, forget, record, shown } from '../rows.ts'
import { seeOther } from '../tasks.ts'
import { projectNamed } from './project-view.ts'

export function archiveProject(call: Call): Answer {
  const row = projectNamed(call)
  if (row.state !== 'live') throw refuse(400, 'The project is archived already.')
  end(call, row, 'archived')
  return noContent()
}

/** Out of the archive, or out of the trash: the same id, and all it held. */
export function restoreProject(call: Call): Answer {
  const row = projectNamed(call, true)
  if (row.state === 'live') throw refuse(400, 'The project is neither archived nor in the trash.')
  const { family } = call.site.store<ProjectRow>('project')
  const back = changeRow(call, family, row, { state: 'live', ended: undefined } as unknown as Partial<ProjectRow>)
  return ok(shown(call.site, family, back, call))
}

/** To the trash, unless the caller wants it gone for good. An archived project must be restored first. */
export function deleteProject(call: Call): Answer {
  const row = deletable(call)
  if (call.query.get('enableUndo') === 'false') destroy(call, row)
  else end(call, row, 'deleted')
  return noContent()
}

export function deleteProjectLater(call: Call): Answer {
  const row = deletable(call)
  const work = (): void => destroy(call, row)
  return seeOther(call.site, call.site.tasks.start({ description: `Delete project ${row.key}`, account: call.account, work }))
}

function deletable(call: Call): ProjectRow {
  const row = projectNamed(call, call.query.get('enableUndo') === 'false')
  if (row.state === 'archived') throw refuse(400, 'An archived project cannot be deleted. Restore it first.')
  return row
}

function end(call: Call, row: ProjectRow, state: 'archived' | 'deleted'): void {
  const ended = { at: call.site.clock.now().toISOString(), accountId: call.account?.accountId ?? '' }
  changeRow(call, call.site.store<ProjectRow>('project').family, row, { state, ended })
}

function destroy(call: Call, row: ProjectRow): void {
  const { site } = call
  const { family } = site.store<ProjectRow>('project')
  forget(site, family, row.id)
  const types = site.store<IssueTypeRow>('issue-type')
  const statuses = site.store<StatusRow>('status')
  for (const own of types.all().filter(({ projectId }) => projectId === row.id)) forget(site, types.family, own.id)
  for (const own of statuses.all().filter(({ projectId }) => projectId === row.id)) forget(site, statuses.family, own.id)
  record(call, family, row, 'deleted', [])
}
