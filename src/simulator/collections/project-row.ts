/** A project (space) as the site holds it. */
import type { Row } from '../state.ts'

/**
 * Which scheme of each kind a project uses, by the name of the scheme's family (`permission-scheme`). A kind that is not there is the site's
 * default one.
 */
export type ProjectSchemes = Readonly<Partial<Record<SchemeFamily, string>>>

export type SchemeFamily = (typeof schemeProperties)[number]['family']

/** The property of `POST /project` that names a scheme, and the scheme's family. `late`: `PUT /project/{key}` takes it as well. */
export const schemeProperties = [
  { property: 'permissionScheme', family: 'permission-scheme', late: true },
  { property: 'notificationScheme', family: 'notification-scheme', late: true },
  { property: 'issueSecurityScheme', family: 'issue-security-scheme', late: true },
  { property: 'issueTypeScheme', family: 'issue-type-scheme', late: false },
  { property: 'issueTypeScreenScheme', family: 'issue-type-screen-scheme', late: false },
  { property: 'fieldConfigurationScheme', family: 'field-configuration-scheme', late: false },
  { property: 'fieldScheme', family: 'field-scheme', late: false },
  { property: 'workflowScheme', family: 'workflow-scheme', late: false },
  { property: 'priorityScheme', family: 'priority-scheme', late: false },
] as const

export interface ProjectRow extends Row {
  readonly key: string
  readonly name: string
  readonly description: string
  readonly projectTypeKey: 'software' | 'service_desk' | 'business' | 'product_discovery'
  readonly leadAccountId: string
  readonly assigneeType: 'PROJECT_LEAD' | 'UNASSIGNED'
  readonly url?: string
  readonly avatarId: number
  readonly categoryId?: string
  /** Team-managed: its statuses, workflows, issue types and fields are its own, and it has no schemes. */
  readonly simplified: boolean
  readonly uuid: string
  readonly state: 'live' | 'archived' | 'deleted'
  /** Who archived or trashed it, and when. */
  readonly ended?: { readonly at: string; readonly accountId: string }
  readonly schemes: ProjectSchemes
  /** Sender address of notifications, where it is not the site's. */
  readonly email?: string
  /** Keys it had before. */
  readonly oldKeys: readonly string[]
  /** The switch of its workflow scheme that was started last. */
  readonly taskId?: string
  /** How many issues it pretends to hold: by issue type, then status. */
  readonly issues: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export function issueCountOf(project: ProjectRow): number {
  let total = 0
  for (const counts of Object.values(project.issues)) for (const count of Object.values(counts)) total += count
  return total
}
