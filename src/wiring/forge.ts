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

/** Workflows with a job a site, and those with one job that holds the credentials of every site. */
const ofSites = ['tidemark-backup.yml', 'tidemark-drift.yml', 'tidemark-drill.yml']
const ofAll = ['tidemark-plan.yml', 'tidemark-comment.yml', 'tidemark-apply.yml', 'tidemark-request.yml', 'tidemark-reconcile.yml']

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
  const folder = dirname(settings.file)
  const texts = await workflowsIn(folder)
  const environments = environmentsIn(texts)
  return [
    ...(await doctorForge(forge, { repository: github, isPublic, sites, approvals, environments, workflows })),
    ...ofWorkflows(texts, sites),
    ...ofApprovers(await approversOf(folder, settings.policy), settings.policy),
  ]
}

/** The workflows of this clone that are ours, by file; those that are not there are left out. */
async function workflowsIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const texts = await Promise.all(workflows.map(async (file) => [file, await textAt(join(folder, '.github', 'workflows', file))] as const))
  return new Map(texts.flatMap(([file, text]) => (text === undefined ? [] : [[file, text]])))
}

/** The environments of our jobs, and what workflows take from them. */
function environmentsIn(texts: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map(['tidemark-plan', 'tidemark-apply'].map((name) => [name, new Set<string>()]))
  for (const text of texts.values()) {
    const names = [...text.matchAll(/\$\{\{ *(?:secrets|vars)\.([A-Za-z0-9_]+) *\}\}/g)].map(([, name = '']) => name)
    for (const [, environment = ''] of text.matchAll(/^ +environment: (\S+)$/gm)) {
      const all = found.get(environment) ?? new Set<string>()
      found.set(environment, all.union(new Set(names.filter((name) => name !== 'GITHUB_TOKEN'))))
    }
  }
  return new Map([...found].map(([name, names]) => [name, [...names].sort()]))
}

function ofWorkflows(texts: ReadonlyMap<string, string>, sites: readonly SiteSettings[]): readonly Finding[] {
  const findings: Finding[] = []
  for (const file of [...ofSites, ...ofAll]) {
    const text = texts.get(file)
    const knows = ofAll.includes(file) ? givesCredentials : hasJob
    const [missing, ...others] = text === undefined ? [] : sites.filter(({ name }) => !knows(text, name)).map(({ name }) => name)
    if (missing === undefined) continue
    const all = [missing, ...others].join(', ')
    const secrets = credentialVariables(missing).join(', ')
    findings.push(
      ofAll.includes(file)
        ? {
            level: 'warning',
            code: 'SETTINGS_SITE_WITHOUT_SECRETS',
            message: `.github/workflows/${file} hands its job no credentials of ${all}.`,
            cure: `Copy the two lines of another site below \`env\` and change their names (${secrets})${file === 'tidemark-request.yml' ? ', and add the site to the options of the form' : ''}.`,
          }
        : {
            level: 'warning',
            code: 'SETTINGS_SITE_WITHOUT_JOB',
            message: `.github/workflows/${file} has no job for ${all}.`,
            cure: `Copy a job in it and change the name of the site, also in the names of its two secrets (${secrets}).`,
          },
    )
  }
  return findings
}

function hasJob(workflow: string, site: string): boolean {
  return workflow.includes(`site: '${site}'`) || workflow.includes(`site: ${site}\n`)
}

/** Credentials of its own, or those for all sites. */
function givesCredentials(workflow: string, site: string): boolean {
  return [credentialVariables(site)[1], 'TIDEMARK_TOKEN', 'JIRA_API_TOKEN'].some((name) => new RegExp(`^ +${name}:`, 'm').test(workflow))
}

/** Logins in small letters; of a team nobody counts. */
async function approversOf(folder: string, { approvers }: Settings['policy']): Promise<readonly string[]> {
  const named = approvers ?? (await ownersOfRequests(folder)).filter(isPerson).map((owner) => owner.slice(1))
  return [...new Set(named.map((login) => login.toLowerCase()))]
}

function ofApprovers(people: readonly string[], { approvals }: Settings['policy']): readonly Finding[] {
  if (people.length === 0) {
    return [
      {
        level: 'error',
        code: 'SETTINGS_NOBODY_APPROVES',
        message:
          'Neither policy.approvers nor CODEOWNERS names a person for what is under requests/, so no approval can count and nothing is applied.',
        cure: 'Name people in .github/CODEOWNERS for /requests/ (of a team nobody counts), or list logins as policy.approvers.',
      },
    ]
  }
  if (approvals === 0 || people.length > approvals) return []
  return [
    {
      level: 'warning',
      code: 'SETTINGS_FEW_APPROVE',
      message: `policy.approvals is ${approvals}, and no more than ${people.length} may approve (${people.join(', ')}): what one of them asks for is never approved, since whoever asks has no vote.`,
      cure: 'Name more people in .github/CODEOWNERS for /requests/ or as policy.approvers; where there is one administrator alone, set policy.approvals: 0 and the ruleset of main to match.',
    },
  ]
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
