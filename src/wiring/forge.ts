import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { doctorForge } from '../flows/doctor-forge.ts'
import type { Forge } from '../forge/forge.ts'
import type { Finding } from '../model/finding.ts'
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
  const { github } = settings.repository
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
    ...(await doctorForge(forge, { repository: github, sites, approvals, environments, workflows })),
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
  const owners = (await textAt(join(folder, '.github', 'CODEOWNERS'))) ?? (await textAt(join(folder, 'CODEOWNERS'))) ?? ''
  if (policy.approvals > 0 && policy.approvers === undefined && !/^(?:\*|\/?requests\/(?:\*\*?)?) +[^#\s]/m.test(owners)) {
    findings.push({
      level: 'error',
      code: 'SETTINGS_NOBODY_APPROVES',
      message: 'Neither policy.approvers nor .github/CODEOWNERS says who may approve what is under requests/, so no approval can count.',
      cure: 'Name people or teams in .github/CODEOWNERS for /requests/, or list logins as policy.approvers.',
    })
  }
  return findings
}

function textAt(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}
