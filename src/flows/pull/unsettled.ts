import { code, findingAsLine } from '../../engine/markdown.ts'
import type { Forge, PullRequest } from '../../forge/forge.ts'
import type { Finding } from '../../model/finding.ts'
import { requestFolderOf } from '../../repository/layout.ts'
import { keepIssue } from './standing-issue.ts'

type Issues = Pick<Forge, 'issue' | 'openIssue' | 'updateIssue'>

/** So many days after its merge a request is looked after. */
export const daysLookedAfter = 14

const marker = '<!-- tidemark:unsettled '
const markerOf = (id: string) => `${marker}${id} `

/**
 * Keeps the issue about a request that was merged and waits for people. Answers whether that is news: false where the open issue says so already, for
 * the same reasons.
 */
export async function tellUnsettled(forge: Issues, id: string, { number }: PullRequest, findings: readonly Finding[]): Promise<boolean> {
  const reasons = findings.filter(({ level }) => level === 'error')
  const first = `${markerOf(id)}${[...new Set(reasons.map(({ code: name }) => name))].sort().join(' ')} -->`
  if ((await forge.issue(first))?.state === 'open') return false
  const text = [
    first,
    `#${number} was merged, and its request ${code(id)} is not applied: nothing was written.`,
    '',
    ...findings.map(findingAsLine),
    '',
    `Settle what is said here, or take ${code(requestFolderOf(id))} off main to give it up. It is looked at every hour until ${daysLookedAfter} days after the merge, and what was`,
    `settled by then closes this issue; later ${code(`tidemark apply ${id}`)} does it.`,
  ].join('\n')
  await keepIssue(forge, { marker: markerOf(id), title: `Merged and not applied: ${id}`, text, over: '' })
  return true
}

/** Closes the issues about requests that wait for nobody any more. */
export async function tellSettled(forge: Issues, ids: readonly string[]): Promise<void> {
  // Mostly there is none at all, which takes one look.
  if (ids.length === 0 || (await forge.issue(marker))?.state !== 'open') return
  for (const id of ids) {
    const last = await forge.issue(markerOf(id))
    if (last?.state !== 'open') continue
    const over = `${code(id)} waits for nobody any more: it was applied, another request took its place, or it was taken off main.`
    await forge.updateIssue(last.number, { text: `${markerOf(id)}settled -->\n${over}`, state: 'closed' })
  }
}
