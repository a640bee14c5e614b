import { code } from '../../engine/markdown.ts'
import { checkPull, type Proposed } from '../../flows/pull/check-pull.ts'
import { TidemarkError } from '../../model/errors.ts'
import { fileJudges } from '../../wiring/check-files.ts'
import { repositoryFor } from '../../wiring/open.ts'
import type { Door } from '../door.ts'
import type { Event } from '../event.ts'

/** Looks at the pull request that was checked out. Asks nobody: no site, no forge, no remote, no key. */
export async function checkCommand({ runner, event, environment, place }: Door): Promise<void> {
  // https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#merge_group
  if (event.name === 'merge_group') {
    const told = 'A merge queue asks: every pull request in it was checked by itself before it came there.'
    runner.summary(`### Checked\n\n${told}\n`)
    runner.say(told)
    return
  }
  // Without a remote nothing can be fetched, whatever the settings of the pull request name.
  const { gitUrl: _none, gitToken: _neither, ...offline } = place
  const repository = await repositoryFor(offline, { repository: {} }, place.folder)
  const merge = environment['GITHUB_SHA'] ?? ''
  const pull = await proposedBy(event, async () => {
    // What GitHub checks out for a pull request is its merge into the base: the first parent is where the base stands.
    for await (const { parents } of repository.log(merge, { limit: 1 })) return parents
    return []
  })
  const { id, files, faults } = await checkPull(repository, pull, fileJudges)
  for (const fault of faults) runner.fail(fault, id)
  runner.output('state', faults.length > 0 ? 'failed' : 'success')
  if (faults.length > 0) return
  const looked = `${files === 1 ? '1 file' : `${files} files`} of ours looked at, all well formed`
  const asked = id === undefined ? 'It carries no request.' : `It carries the request ${code(id)}, and nothing else.`
  runner.summary(`### Checked\n\n${asked} ${looked}.\n`)
  runner.say(`Pull request ${pull.number}: ${id === undefined ? 'no request' : `request ${id}`}, ${looked}.`)
}

/** The pull request of the event. Throws `USAGE_EVENT`. */
async function proposedBy(event: Event, parentsOfMerge: () => Promise<readonly string[]>): Promise<Proposed> {
  const at = (...place: readonly string[]) => event.text('pull_request', ...place)
  const [number, commit, branch, base, onto] = [
    event.number('pull_request', 'number'),
    at('head', 'sha'),
    at('head', 'ref'),
    at('base', 'ref'),
    at('base', 'sha'),
  ]
  if (number === undefined || !commit || !branch || !base || !onto) {
    throw new TidemarkError('USAGE_EVENT', 'The event that started this job is about no pull request.', {
      cure: 'Run check on pull_request.',
    })
  }
  const [first, second] = await parentsOfMerge().catch(() => [])
  // A repository that is gone counts as a foreign one.
  const fromFork = event.number('pull_request', 'head', 'repo', 'id') !== event.number('pull_request', 'base', 'repo', 'id')
  return {
    number,
    head: { branch, commit },
    base: { branch: base },
    fromFork,
    onto: second === commit && first !== undefined ? first : onto,
  }
}
