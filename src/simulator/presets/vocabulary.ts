/** Invented statuses and issue types. */
import type { IssueTypeRow } from '../collections/issue-type.ts'
import type { StatusRow } from '../collections/status.ts'
import type { SiteState } from '../state.ts'
import { areas, issueTypeNames, statusNames } from './names.ts'
import { numbered } from './numbered.ts'

/** Adds this many global statuses; the well-known ones first. */
export function addStatuses(site: SiteState, count: number): void {
  const names = statusNames.map(([name]) => name)
  for (let place = 0; place < count; place += 1) {
    const known = statusNames[place]
    const other = place - statusNames.length
    const name = known?.[0] ?? numbered(other, areas, names, (area, status) => `${area} – ${status}`)
    const statusCategory = known?.[1] ?? statusNames[Math.floor(other / areas.length) % statusNames.length]?.[1] ?? 'IN_PROGRESS'
    site.store<StatusRow>('status').add({ name, description: place % 3 === 0 ? `Work that is ${name.toLowerCase()}.` : '', statusCategory })
  }
}

/** Adds this many issue types; the well-known ones first. */
export function addIssueTypes(site: SiteState, count: number): void {
  for (let place = 0; place < count; place += 1) {
    const name =
      issueTypeNames[place] ??
      numbered(place - issueTypeNames.length, areas, ['task', 'request', 'checklist', 'sub-task'], (area, kind) => `${area} ${kind}`)
    const isSubtask = name.includes('sub-task') || name === 'Test'
    site.store<IssueTypeRow>('issue-type').add({
      name,
      description: place % 2 === 0 ? '' : `For ${name.toLowerCase()} work.`,
      hierarchyLevel: isSubtask ? -1 : 0,
      avatarId: isSubtask ? 10_316 : 10_300 + (place % 20),
    })
  }
}
