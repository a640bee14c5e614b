import type { Issue, Issues } from '../../forge/forge.ts'

/** Something about a site that lasts, as the one issue that tells of it. */
export interface StandingIssue {
  /** The first line of its text, by which it is found again. */
  readonly marker: string
  readonly title: string
  /** With the marker; undefined: it is over. */
  readonly text: string | undefined
  /** Said when it is over. */
  readonly over: string
}

/**
 * Keeps the one issue of its kind true: opened when there is something to tell, written anew while it lasts, closed when it is over. A trouble that
 * comes back gets a new issue, so that whoever closed the last one hears of it. Answers the issue that is open now.
 */
export async function keepIssue(forge: Issues, standing: StandingIssue): Promise<Issue | undefined> {
  const { marker, title, text, over } = standing
  const [last] = await forge.issues(marker)
  if (text === undefined) {
    if (last !== undefined) await forge.updateIssue(last.number, { text: `${marker}\n${over}`, state: 'closed' })
    return undefined
  }
  if (last === undefined) return forge.openIssue(title, text)
  await forge.updateIssue(last.number, { title, text })
  return last
}
