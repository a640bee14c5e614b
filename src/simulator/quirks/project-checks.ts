/** Questions to ask before a project is made, and the kinds a site offers. */
import { ok, refuse } from '../answers.ts'
import type { IssueTypeRow } from '../collections/issue-type.ts'
import type { ProjectRow } from '../collections/project-row.ts'
import type { StatusRow } from '../collections/status.ts'
import type { Answer, Call } from '../kit.ts'
import { shown } from '../rows.ts'
import { issueTypesOf, projectNamed } from './project-view.ts'
import { keyProblem } from './project-write.ts'
import { workflowOf } from './workflow-usage.ts'

const types = ['business', 'service_desk', 'software', 'product_discovery'] as const

export function projectTypes(call: Call): Answer {
  const wanted = call.params['projectTypeKey']
  const all = types.map((key) => ({
    key,
    formattedKey: key.replace('_', ' ').replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    descriptionI18nKey: `jira.project.type.${key}.description`,
    icon: 'PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=',
    color: '#FFFFFF',
  }))
  if (wanted === undefined) return ok(all)
  const found = all.find(({ key }) => key === wanted)
  if (found === undefined) throw refuse(404, `The project type ${wanted} was not found.`)
  return ok(found)
}

/** 200 either way; what is wrong stands in the body. */
export function validateKey({ site, query }: Call): Answer {
  const problem = keyProblem(query.get('key') ?? '', site)
  return ok({ errorMessages: [], errors: problem === undefined ? {} : { projectKey: problem } })
}

/** The key if it is free and well formed, else one like it that is. */
export function validProjectKey({ site, query }: Call): Answer {
  const asked = (query.get('key') ?? '').toUpperCase().replace(/[^A-Z0-9]/g, '')
  const base = /^[A-Z]/.test(asked) ? asked.slice(0, 8) : `P${asked}`.slice(0, 8)
  const candidates = [asked, base.padEnd(2, 'X'), ...Array.from({ length: 99 }, (_, place) => `${base}${place + 1}`)]
  return quoted(candidates.find((key) => keyProblem(key, site) === undefined) ?? '')
}

export function validProjectName({ site, query }: Call): Answer {
  const name = query.get('name') ?? ''
  const taken = new Set(
    site
      .store<ProjectRow>('project')
      .all()
      .map((row) => row.name.toLowerCase()),
  )
  const candidates = [name, ...Array.from({ length: 99 }, (_, place) => `${name} ${place + 2}`)]
  const free = candidates.find((candidate) => !taken.has(candidate.toLowerCase()))
  if (free === undefined) throw refuse(404, 'No valid project name could be made.')
  return quoted(free)
}

/** A text as JSON. */
function quoted(text: string): Answer {
  return { status: 200, body: JSON.stringify(text), headers: { 'content-type': 'application/json;charset=UTF-8' } }
}

/** The work types of a project and the statuses that each can be in. */
export function projectStatuses(call: Call): Answer {
  const { site } = call
  const project = projectNamed(call)
  const statuses = site.store<StatusRow>('status')
  const { family } = site.store<IssueTypeRow>('issue-type')
  return ok(
    issueTypesOf(site, project).map((type) => {
      const { self, id, name, subtask } = shown(site, family, type) as Record<string, unknown>
      const used = workflowOf(site, project, type.id).statuses.flatMap(({ statusId }) => statuses.get(statusId) ?? [])
      return { self, id, name, subtask, statuses: used.map((status) => shown(site, statuses.family, status, call, 'details')) }
    }),
  )
}

export function readEmail(call: Call): Answer {
  const row = projectNamed(call)
  return ok({ emailAddress: row.email ?? `jira@${call.site.name}.test`, emailAddressStatus: [] })
}

export function writeEmail(call: Call): Answer {
  const row = projectNamed(call)
  const { emailAddress } = (call.body ?? {}) as { readonly emailAddress?: unknown }
  if (typeof emailAddress !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(emailAddress)) throw refuse(400, 'The email address is not valid.')
  call.site.store<ProjectRow>('project').change(row.id, { email: emailAddress })
  return { status: 204 }
}
