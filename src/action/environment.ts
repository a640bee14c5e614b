/** What the runner gives a job. https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
export type Environment = Readonly<Record<string, string | undefined>>

/** What stays the same when the repository of this job is renamed; undefined outside of a runner. */
export function repositoryId({ GITHUB_REPOSITORY_ID: id }: Environment): number | undefined {
  return /^[1-9][0-9]{0,15}$/.test(id ?? '') ? Number(id) : undefined
}

/** The page of this run; undefined outside of a runner. */
export function runUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: Environment): string | undefined {
  const parts = [GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID]
  return parts.every(Boolean) ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}` : undefined
}
