import { code, findingAsLine } from '../../engine/markdown.ts'
import type { Issue, Issues, PullRequest } from '../../forge/forge.ts'
import type { Finding } from '../../model/finding.ts'
import { isRequestId } from '../../model/request.ts'
import { requestFolderOf } from '../../repository/layout.ts'

/** The open issues about requests that were merged and wait for people, by request. */
export type Unsettled = ReadonlyMap<string, Issue>

const marker = '<!-- tidemark:unsettled '
const markerOf = (id: string) => `${marker}${id} `

/** Those that are open now. */
export async function unsettledIn(forge: Pick<Issues, 'issues'>): Promise<Unsettled> {
  const found = await forge.issues(marker)
  const named = found.map((issue) => [issue.text.slice(marker.length).split(' ', 1)[0] ?? '', issue] as const)
  // The newest one of a request counts, and comes first.
  return new Map(named.filter(([id]) => isRequestId(id)).reverse())
}

/**
 * Keeps the issue about a request that was merged and waits for people. Answers whether that is news: false where the open issue says so already, for
 * the same reasons.
 */
export async function tellUnsettled(
  forge: Issues,
  open: Unsettled,
  id: string,
  { number }: PullRequest,
  findings: readonly Finding[],
): Promise<boolean> {
  const reasons = findings.filter(({ level }) => level === 'error')
  const first = `${markerOf(id)}${[...new Set(reasons.map(({ code: name }) => name))].sort().join(' ')} -->`
  const known = open.get(id)
  if (known?.text.startsWith(first) === true) return false
  const cutOff = reasons.some(({ code: name }) => name === 'PULL_CUT_OFF')
  const title = `${cutOff ? 'Applied in part' : 'Merged and not applied'}: ${id}`
  const text = [
    first,
    cutOff
      ? `The request ${code(id)} of #${number} was begun to be applied, and part of it is done.`
      : `#${number} was merged, and its request ${code(id)} is not applied.`,
    '',
    ...findings.map(findingAsLine),
    '',
    `Settle what is said here, or take ${code(requestFolderOf(id))} off main to give it up. It is looked at every hour for as long as this issue is open.`,
  ].join('\n')
  if (known === undefined) await forge.openIssue(title, text)
  else await forge.updateIssue(known.number, { title, text })
  return true
}

/** Closes the issues about requests that wait for nobody any more. */
export async function tellSettled(forge: Pick<Issues, 'updateIssue'>, open: Unsettled, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const known = open.get(id)
    if (known === undefined) continue
    const over = `${code(id)} waits for nobody any more: it was applied, another request took its place, or it was taken off main.`
    await forge.updateIssue(known.number, { text: `${markerOf(id)}settled -->\n${over}`, state: 'closed' })
  }
}
