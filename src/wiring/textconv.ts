import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { repositoryAbove, ringTexts } from '../repository/rings.ts'
import type { AgeIdentity } from '../vault/age.ts'
import { openDataKey } from '../vault/data-key.ts'
import { findIdentities } from '../vault/find-identities.ts'
import { openDocument } from '../vault/open-document.ts'
import { openRing, ringEpochs, ringRecipients } from '../vault/ring.ts'
import { isOurs } from '../vault/selection.ts'
import { readSops, type SopsFile } from '../vault/sops-file.ts'
import { writeMap } from '../vault/write-yaml.ts'

export interface TextPlace {
  /** Somewhere in the repository whose branches hold the rings. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * A text as `git diff` should show it: a resource of a site in plain YAML for whoever holds a key, its MAC checked; anything else as it is. What
 * cannot be opened stays sealed below a first line that says why. Never throws. Who signed the commit is not asked: `tidemark verify` does.
 */
export async function textToShow(text: string, place: TextPlace): Promise<string> {
  const file = resourceIn(text)
  if (file === undefined) return text
  try {
    const { key } = await openDataKey(file.metadata.stanzas, await keysFor(file, place))
    return openDocument(file, key)
      .map((document) => writeMap(document))
      .join('---\n')
  } catch (error) {
    return `# sealed: ${reasonOf(error)}\n${text}`
  }
}

/** Undefined for what is no sealed resource: other people's YAML, a key ring, whose keys belong on no screen, and what cannot be read at all. */
function resourceIn(text: string): SopsFile | undefined {
  try {
    const file = readSops(text)
    const [document, ...others] = file.documents
    const ours = others.length === 0 && document?.keys.join() === 'address,spec' && isOurs(file.metadata.selection)
    return ours ? file : undefined
  } catch {
    return undefined
  }
}

async function keysFor({ metadata }: SopsFile, { folder, environment }: TextPlace): Promise<readonly AgeIdentity[]> {
  const identities = await findIdentities(environment)
  const wanted = new Set(metadata.stanzas.map(({ recipient }) => recipient))
  // `SOPS_AGE_KEY_CMD="tidemark keys show acme"` gives the site's own keys.
  if (identities.some(({ recipient }) => wanted.has(recipient))) return identities
  const repository = environment['GIT_DIR'] || repositoryAbove(folder)
  for await (const text of repository === undefined ? [] : ringTexts(repository)) {
    if (!epochsIn(text).some((recipient) => wanted.has(recipient))) continue
    const readers = ringRecipients(text)
    if (identities.some(({ recipient }) => readers.includes(recipient))) return (await openRing(text, identities)).keys
    throw new TidemarkError('VAULT_NO_IDENTITY', `needs the age key of ${readers.join(' or ')}`)
  }
  throw new TidemarkError('VAULT_NO_RING', `needs the site key ${[...wanted].join(' or ')}, which no branch sites/* of this clone holds`)
}

/** None in a text that is no ring. */
function epochsIn(text: string): readonly string[] {
  try {
    return ringEpochs(text)
  } catch {
    return []
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof TidemarkError)) return 'it could not be opened'
  if (error.code === 'VAULT_TAMPERED' || error.code === 'VAULT_NOT_ENCRYPTED') return `do not trust it. ${printable(error.message)}`
  return printable(error.message, 1000)
}
