import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { doctorForge } from '../flows/doctor-forge.ts'
import { codeownersFiles, isPerson, ownersOf } from '../forge/codeowners.ts'
import type { Forge } from '../forge/forge.ts'
import type { Finding } from '../model/finding.ts'
import { requestFileOf } from '../repository/layout.ts'
import { workflows } from './github-files.ts'
import type { Place } from './open.ts'
import type { Settings, SiteSettings } from './settings.ts'
import { credentialVariables } from './settings-credentials.ts'
import { loadSettings } from './settings-find.ts'

/** Workflows with a job a site. */
const ofSites = ['tidemark-backup.yml', 'tidemark-drift.yml', 'tidemark-drill.yml']
const environments = ['tidemark-plan', 'tidemark-apply']

/**
 * `doctor --github`: what the forge says of the repository, and whether the files of this clone go with the settings. `open` makes the forge of the
 * repository and API that the settings name; it is not called where they name none. Throws what `loadSettings` throws.
 */
export async function doctorGithub(
  place: Place,
  open: (settings: Settings['repository'] & { readonly github: string }) => Forge,
): Promise<readonly Finding[]> {
  const settings = await loadSettings(place.folder, place.config)
  const { github, public: isPublic = false } = settings.repository
  if (github === undefined) {
    return [
      {
        level: 'error',
        code: 'SETTINGS_NO_FORGE',
        message: 'tidemark.yaml names no repository on GitHub.',
        cure: 'Run `tidemark init --github <owner/name>`, or write repository.github yourself.',
      },
    ]
  }
  const sites = [...settings.sites.values()].filter(({ removed }) => removed === undefined)
  const forge = open({ ...settings.repository, github })
  const approvals = settings.policy.approvals
  return [
    ...(await doctorForge(forge, { repository: github, isPublic, sites, approvals, environments, workflows })),
    ...(await ofFiles(dirname(settings.file), sites, settings)),
  ]
}

async function ofFiles(folder: string, sites: readonly SiteSettings[], { policy }: Settings): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const file of ofSites) {
    const text = await textAt(join(folder, '.github', 'workflows', file))
    const missing =
      text === undefined ? [] : sites.filter(({ name }) => !text.includes(`site: '${name}'`) && !text.includes(`site: ${name}\n`))
    if (missing.length > 0) {
      findings.push({
        level: 'warning',
        code: 'SETTINGS_SITE_WITHOUT_JOB',
        message: `.github/workflows/${file} has no job for ${missing.map(({ name }) => name).join(', ')}.`,
        cure: `Copy a job in it and change the name of the site, also in the names of its two secrets (${credentialVariables(missing[0]?.name ?? '').join(', ')}).`,
      })
    }
  }
  if (policy.approvers === undefined && !(await ownersOfRequests(folder)).some(isPerson)) {
    findings.push({
      level: 'error',
      code: 'SETTINGS_NOBODY_APPROVES',
      message:
        'Neither policy.approvers nor CODEOWNERS names a person for what is under requests/, so no approval can count and nothing is applied.',
      cure: 'Name people in .github/CODEOWNERS for /requests/ (of a team nobody counts), or list logins as policy.approvers.',
    })
  }
  return findings
}

/** As GitHub reads it: the first file that is there counts, and in it the last line that fits. */
async function ownersOfRequests(folder: string): Promise<readonly string[]> {
  for (const file of codeownersFiles) {
    const text = await textAt(join(folder, file))
    if (text !== undefined) return ownersOf(text, requestFileOf('any'))
  }
  return []
}

function textAt(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}
