import { formerReadersTold } from '../flows/former-readers.ts'
import { TidemarkError } from '../model/errors.ts'
import { type Finding, findingOf } from '../model/finding.ts'
import { checkGit } from '../repository/git.ts'
import { readSigningKey } from '../repository/signing.ts'
import { connectSite, openSite, type Place } from './open.ts'
import { signingKeyFor } from './settings-credentials.ts'
import { requireBelieved } from './trust.ts'

/** Checks everything a backup needs, without writing anything: each fact a finding, the good ones as notes. One failure does not hide the next. */
export async function doctor(place: Place, name: string | undefined): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const look = async <T>(check: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      return await check()
    } catch (error) {
      place.context.signal.throwIfAborted()
      if (!(error instanceof TidemarkError)) throw error
      findings.push(findingOf(error))
      return undefined
    }
  }
  await look(() => checkGit())
  const signer = await look(async () => readSigningKey(await signingKeyFor(place.environment)))
  const opened = await look(() => openSite(place, name))
  if (opened === undefined) return onceEach(findings)
  if (signer !== undefined) await look(() => requireBelieved(signer, opened.deps.trusted))
  findings.push({ level: 'note', code: 'VAULT_OPENS', message: 'A key at hand opens the key ring of the site.' })
  if (opened.recipients.length < 2) {
    findings.push({
      level: 'warning',
      code: 'VAULT_ONE_RECIPIENT',
      message: 'Only one recipient can open the backups: one lost key loses everything.',
      cure: `Add a second recipient to keys/${opened.site.name}.yaml: the recovery key of the sheet, or a colleague.`,
    })
  }
  findings.push(...formerReadersTold(opened.deps))
  const site = await look(() => connectSite(opened))
  for (const { product, site: connection } of site?.connected ?? []) {
    findings.push(...((await look(() => product.check(connection))) ?? []))
  }
  return onceEach(findings)
}

/** A missing git is met twice: by the look at git itself, and by whatever needs it. */
function onceEach(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    ({ code, message }, index) => findings.findIndex((other) => other.code === code && other.message === message) === index,
  )
}
