import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { checkGit } from '../repository/git.ts'
import { connectSite, openSite, type Place } from './open.ts'
import { signingKeyFor } from './settings-credentials.ts'

/** Checks everything a backup needs, without writing anything: each fact a finding, the good ones as notes. One failure does not hide the next. */
export async function doctor(place: Place, name: string | undefined): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const look = async <T>(check: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      return await check()
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error
      findings.push({ level: 'error', code: error.code, message: error.message, ...(error.cure === undefined ? {} : { cure: error.cure }) })
      return undefined
    }
  }
  await look(() => checkGit())
  await look(() => signingKeyFor(place.environment))
  const opened = await look(() => openSite(place, name))
  if (opened === undefined) return findings
  findings.push(note('VAULT_OPENS', 'The key ring opens with an identity of yours.'))
  if (opened.recipients.length < 2) {
    findings.push({
      level: 'warning',
      code: 'VAULT_ONE_RECIPIENT',
      message: 'Only one recipient can open the backups: one lost key loses everything.',
      cure: `Add a second recipient to keys/${opened.site.name}.yaml: the recovery key of the sheet, or a colleague.`,
    })
  }
  const site = await look(() => connectSite(opened))
  for (const { product, site: connection } of site?.connected ?? []) {
    findings.push(...((await look(() => product.check(connection))) ?? []))
  }
  return findings
}

function note(code: Finding['code'], message: string): Finding {
  return { level: 'note', code, message }
}
