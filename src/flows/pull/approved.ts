import { codeownersFiles, isPerson, ownersOf } from '../../forge/codeowners.ts'
import type { Account, PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { Finding } from '../../model/finding.ts'
import { printable } from '../../model/printable.ts'
import { mainBranch, requestFileOf } from '../../repository/layout.ts'
import type { Life, Shown } from '../request-branch.ts'
import { judgeApprovals, mayWrite, type Verdict } from './approvals.ts'
import { handsOn } from './hands.ts'
import type { PullSetting } from './setting.ts'

/** Whose approval counts. */
export interface Approvers {
  readonly ids: ReadonlySet<number>
  readonly logins: readonly string[]
  readonly findings: readonly Finding[]
}

/**
 * Those whom policy names, else those who own the request's file by CODEOWNERS of `main`. Teams are not looked into: an approval is a person's. Throws
 * `PULL_NO_APPROVERS`.
 */
export async function approversOf({ forge, policy, repository }: PullSetting, id: string): Promise<Approvers> {
  const findings: Finding[] = []
  const named = policy.approvers ?? (await owners())
  const accounts: Account[] = []
  for (const login of named) {
    const account = await forge.account(login)
    if (account === undefined) {
      const message = `${printable(login, 80)} is named as an approver, and nobody is called so.`
      findings.push({ level: 'warning', code: 'PULL_APPROVER_UNKNOWN', message, cure: 'Mend the name in tidemark.yaml or CODEOWNERS.' })
    } else accounts.push(account)
  }
  if (accounts.length > 0)
    return { ids: new Set(accounts.map((account) => account.id)), logins: accounts.map(({ login }) => login), findings }
  throw new TidemarkError('PULL_NO_APPROVERS', 'Nobody is named whose approval would count.', {
    cure: 'Name people in policy.approvers of tidemark.yaml, or as owners of requests/ in CODEOWNERS.',
  })

  async function owners(): Promise<readonly string[]> {
    const head = await repository.head(mainBranch)
    if (head === undefined) return []
    for (const file of codeownersFiles) {
      const text = await repository.read(head, file)
      if (text === undefined) continue
      const all = ownersOf(text, requestFileOf(id))
      const people = all.filter((owner) => isPerson(owner))
      for (const other of all.filter((owner) => !people.includes(owner))) {
        const message = `${printable(other, 120)} owns requests/ by ${file}, and is no single person: approvals of its members do not count.`
        findings.push({ level: 'warning', code: 'PULL_TEAM', message, cure: 'Name the people in policy.approvers of tidemark.yaml.' })
      }
      return people.map((owner) => owner.slice(1))
    }
    return []
  }
}

/** Whether the newest plan was shown on this pull request and approved there. Throws `REQUEST_NO_PLAN`, `PULL_NOT_SHOWN`, `PULL_NO_*`, `PULL_PUSHER_UNKNOWN`. */
export async function verdictOn(setting: PullSetting, id: string, pull: PullRequest, life: Life): Promise<Verdict> {
  const { forge, policy } = setting
  const shown = await requireShown(setting, id, pull, life)
  const approvers = await approversOf(setting, id)
  const findings = approvers.findings
  if (policy.approvals === 0) {
    const verdict = await mergedByOne(setting, pull, approvers)
    // Whoever merged it took upon themselves what was shown then, and no plan that was shown since.
    if (verdict.approved && pull.merged !== undefined && pull.merged.at.getTime() <= new Date(shown.at).getTime()) throw notShown(id, pull)
    return { ...verdict, findings: [...findings, ...verdict.findings] }
  }
  const excluded = await handsOn(setting, pull, life)
  const reviews = await forge.reviews(pull.number)
  const reviewers = new Map(reviews.map(({ by }) => [by.id, by.login]))
  const permissions = new Map(
    await Promise.all([...reviewers].map(async ([account, login]) => [account, await forge.permissionOf(login)] as const)),
  )
  const needed = policy.approvals
  const verdict = judgeApprovals({ reviews, shownAt: new Date(shown.at), needed, approvers: approvers.ids, excluded, permissions })
  return { ...verdict, findings: [...findings, ...verdict.findings] }
}

async function requireShown({ forge }: PullSetting, id: string, pull: PullRequest, { plan, shown }: Life): Promise<Shown> {
  if (plan === undefined) {
    throw new TidemarkError('REQUEST_NO_PLAN', `Nothing was planned for ${id} yet.`, { cure: 'Comment /plan on its pull request.' })
  }
  const { id: repository } = await forge.repository()
  // What came with a later push, and was merged with it, nobody has looked at.
  const asMerged = pull.merged === undefined || shown?.head === pull.head.commit
  if (shown?.plan === plan.digest && shown.pull === pull.number && shown.repository === repository && asMerged) return shown
  throw notShown(id, pull)
}

function notShown(id: string, { number, merged }: PullRequest): TidemarkError {
  return new TidemarkError(
    'PULL_NOT_SHOWN',
    `The newest plan of ${id} was not shown on pull request ${number}${merged === undefined ? '' : ' before it was merged'}, so nobody can have approved it.`,
    { cure: 'Comment /plan on the pull request, have the plan approved, then go on.' },
  )
}

/** Where no approval is asked for, whoever merges takes it upon themselves: one of the approvers. */
async function mergedByOne({ forge }: PullSetting, { number, merged }: PullRequest, { ids }: Approvers): Promise<Verdict> {
  const by = merged?.by
  const may = by !== undefined && !by.bot && ids.has(by.id) && mayWrite(await forge.permissionOf(by.login))
  // What is applied before it is merged is asked for by a comment, whose author is looked at there.
  if (merged === undefined || may) return { approved: true, by: by === undefined ? [] : [by], findings: [] }
  const who = by === undefined ? 'Nobody knows who' : `${printable(by.login, 80)}, who is not among those whose word counts,`
  const message = `${who} merged pull request ${number}, and no approval was asked for.`
  return {
    approved: false,
    by: [],
    findings: [
      {
        level: 'error',
        code: 'PULL_MERGED_BY',
        message,
        cure: 'Ask anew, and let one of policy.approvers (or the code owners) merge it.',
      },
    ],
  }
}
