import type { Account, Permission, Review } from '../../forge/forge.ts'
import type { Finding } from '../../model/finding.ts'
import { printable } from '../../model/printable.ts'

/** Why an account's approval does not count, however often it is given. */
export interface Excluded {
  readonly id: number
  /** Ends the sentence `ann …`: `opened the pull request`. */
  readonly why: string
}

export interface Ballot {
  readonly reviews: readonly Review[]
  /** The newest plan was shown at this time, by the forge's clock. */
  readonly shownAt: Date
  /** How many approvals are needed. */
  readonly needed: number
  /** Whose approval counts, by account id. */
  readonly approvers: ReadonlySet<number>
  readonly excluded: readonly Excluded[]
  /** What each reviewer may do in the repository now. */
  readonly permissions: ReadonlyMap<number, Permission>
}

export interface Verdict {
  readonly approved: boolean
  /** Whose approvals count. */
  readonly by: readonly Account[]
  /** Why it is not approved; else what did not count, for information. */
  readonly findings: readonly Finding[]
}

/** Whether somebody may write to the repository. */
export function mayWrite(permission: Permission): boolean {
  return permission === 'write' || permission === 'maintain' || permission === 'admin'
}

/**
 * Whether the newest plan was approved. An approval counts when it was given after that plan was shown, by a person of the list who may still write and
 * neither asked for, opened nor pushed to the pull request. Time decides and not the commit: after a forced push a forge re-points old approvals
 * to the new head. Somebody of the list who asks for changes, however early, stops it until they approve or their review is dismissed.
 */
export function judgeApprovals({ reviews, shownAt, needed, approvers, excluded, permissions }: Ballot): Verdict {
  const last = new Map<number, Review>()
  for (const review of [...reviews].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    // A remark takes nothing back.
    if (review.state !== 'commented') last.set(review.by.id, review)
  }
  const by: Account[] = []
  const findings: Finding[] = []
  const note = (account: Account, why: string) =>
    findings.push({ level: 'note', code: 'PULL_APPROVAL_VOID', message: `The approval of ${nameOf(account)} does not count: ${why}.` })
  let stopped = false
  for (const { by: account, state, at } of last.values()) {
    const listed = approvers.has(account.id) && !account.bot && mayWrite(permissions.get(account.id) ?? 'none')
    if (state === 'changes_requested' && listed) {
      stopped = true
      findings.push({
        level: 'error',
        code: 'PULL_CHANGES_REQUESTED',
        message: `${nameOf(account)} asked for changes.`,
        cure: 'Settle it with them: their approval, or the dismissal of their review, opens the way.',
      })
    }
    if (state !== 'approved') continue
    const excuse = excluded.find(({ id }) => id === account.id)
    if (account.bot) note(account, 'it is not a person')
    else if (!approvers.has(account.id)) note(account, 'they are not among those whose approval is asked for')
    else if (!mayWrite(permissions.get(account.id) ?? 'none')) note(account, 'they may not write to the repository any more')
    else if (excuse !== undefined) note(account, `they ${excuse.why}`)
    else if (at.getTime() <= shownAt.getTime()) note(account, 'it was given before the newest plan was shown')
    else by.push(account)
  }
  if (by.length < needed) {
    const eligible = [...approvers].filter((id) => !excluded.some((one) => one.id === id)).length
    findings.push({
      level: 'error',
      code: 'PULL_NOT_APPROVED',
      message: `The newest plan has ${by.length} of ${needed} approvals.`,
      cure:
        eligible < needed
          ? 'Too few people may approve it: name more of them in policy.approvers of tidemark.yaml or in CODEOWNERS, or, where there is one administrator only, set policy.approvals to 0.'
          : 'Have the plan looked at and approved by somebody who neither asked for it nor pushed to it.',
    })
  }
  return { approved: by.length >= needed && !stopped, by, findings }
}

function nameOf({ login }: Account): string {
  return printable(login, 80)
}
