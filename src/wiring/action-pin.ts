import { readFileSync } from 'node:fs'
import { TidemarkError } from '../model/errors.ts'

/** Written by a release beside package.json, once the commit of its action is known: `{"action": "owner/name@<commit>", "version": "v1.2.3"}`. */
const releaseFile = new URL('../../release.json', import.meta.url)

const pinned = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/[A-Za-z0-9._-]{1,100}(?:\/[A-Za-z0-9._/-]{1,100})?@[0-9a-f]{40}$/

/**
 * The action that workflows run, as `uses:` takes it, version comment included: the one that was given, else that of this release. Always a whole
 * commit, since a tag can be moved to other code, and that code would hold the secrets.
 * https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
 * Throws `USAGE_ACTION` for a pin that is none or that nobody gave.
 */
export function actionPin(
  given: string | undefined,
  release: { readonly action: string; readonly version: string } | undefined = thisRelease(),
) {
  if (given === undefined && release === undefined) {
    throw new TidemarkError(
      'USAGE_ACTION',
      'This build of Tidemark belongs to no release, so it does not know which action workflows shall run.',
      {
        cure: 'Give --action <owner/name>@<commit>, the whole 40 digits of the commit.',
      },
    )
  }
  const pin = given ?? release?.action ?? ''
  if (!pinned.test(pin)) {
    throw new TidemarkError('USAGE_ACTION', '--action is not pinned to a commit.', {
      cure: 'Give it as <owner/name>@<commit>, with the whole 40 digits of the commit: a tag can be moved to other code.',
    })
  }
  return `${pin} # ${given === undefined ? release?.version : 'as given to tidemark init'}`
}

function thisRelease(): { action: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(releaseFile, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
