/** A workflow as the site holds it: like Atlassian's document of it, but with status ids in place of the references of one answer. */
import type { Row } from '../state.ts'

export interface Layout {
  readonly x: number
  readonly y: number
}

export type Scope = { readonly type: 'GLOBAL' } | { readonly type: 'PROJECT'; readonly projectId: string }

/** A rule: parameter values are always text; lists are joined by commas, JSON is kept as text. */
export interface Rule {
  readonly id?: string
  readonly ruleKey: string
  readonly parameters: Readonly<Record<string, string>>
}

export interface ConditionGroup {
  readonly operation: 'ANY' | 'ALL'
  readonly conditions: readonly Rule[]
  readonly conditionGroups: readonly ConditionGroup[]
}

export interface Link {
  readonly fromStatusId: string
  readonly fromPort?: number
  readonly toPort?: number
}

export interface Transition {
  readonly id: string
  readonly type: 'INITIAL' | 'GLOBAL' | 'DIRECTED'
  readonly name: string
  readonly description: string
  /** Undefined: leads nowhere, as a global transition does that was written without `links`. */
  readonly toStatusId: string | undefined
  readonly links: readonly Link[]
  readonly properties: Readonly<Record<string, string>>
  readonly transitionScreen?: Rule
  readonly triggers: readonly Rule[]
  readonly validators: readonly Rule[]
  readonly conditions?: ConditionGroup
  readonly actions: readonly Rule[]
  readonly customIssueEventId?: string
}

export interface WorkflowStatus {
  readonly statusId: string
  readonly layout?: Layout
  readonly properties: Readonly<Record<string, string>>
  readonly approvalConfiguration?: Readonly<Record<string, unknown>>
}

export interface Version {
  readonly id: string
  readonly versionNumber: number
}

export interface WorkflowRow extends Row {
  readonly name: string
  readonly description: string
  readonly scope: Scope
  readonly isEditable: boolean
  readonly version: Version
  readonly created: string
  readonly updated: string
  readonly startPointLayout?: Layout
  readonly loopedTransitionContainerLayout?: Layout
  readonly statuses: readonly WorkflowStatus[]
  readonly transitions: readonly Transition[]
}

/** Every rule of a group of conditions, those of nested groups included. */
export function* rulesOfGroup(group: ConditionGroup): Generator<Rule> {
  yield* group.conditions
  for (const inner of group.conditionGroups) yield* rulesOfGroup(inner)
}
