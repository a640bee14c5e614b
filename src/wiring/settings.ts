import { formOf } from '../lib/form-problems.ts'
import { type PlainYaml, type Problem, readPlainYaml } from '../lib/plain-yaml.ts'
import { type Address, isAddress } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Json } from '../model/json.ts'
import { type Path, placeIn, segmentsOf } from '../model/path.ts'
import { printable } from '../model/printable.ts'
import { checkSite } from '../repository/layout.ts'
import { apiProblem, baseUrl, remoteProblem, urlProblem } from './settings-hosts.ts'
import { type SettingsDocument, settingsFile, settingsSchema } from './settings-schema.ts'

const formProblems = formOf(settingsSchema)

/** One site as the settings describe it, nothing left out: what the file does not say has its usual value. */
export interface SiteSettings {
  readonly name: string
  /** Base URL, no slash at the end. */
  readonly url: string
  readonly products: readonly string[]
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** UTC times of day, `HH:MM`. */
  readonly schedule: { readonly from: string; readonly to: string }
  readonly retention: { readonly days: number }
  readonly encrypt: 'all' | 'secrets'
  readonly reports: 'addresses' | 'values'
  readonly slugs: 'names' | 'opaque'
  readonly objectsPerDataKey: number
  readonly allowHosts: readonly string[]
  /** The day (`YYYY-MM-DD`) the site was taken out of the backup. */
  readonly removed?: string
}

export interface Settings {
  /** The file they were read from. */
  readonly file: string
  readonly sites: ReadonlyMap<string, SiteSettings>
  readonly repository: {
    readonly remote?: string
    readonly ca?: string
    /** `owner/name` on GitHub. */
    readonly github?: string
    /** The API of a GitHub Enterprise, no slash at the end. */
    readonly api?: string
    /** Whether it is meant to be read by everybody; absent: it is not. */
    readonly public?: boolean
  }
  readonly policy: {
    /** Removals of a type beyond the greater of the two are held; `share` is 0…1. */
    readonly brake: { readonly least: number; readonly share: number }
    readonly protect: readonly Address[]
    /** How many people must approve the newest plan of a pull request. */
    readonly approvals: number
    /** Logins; undefined: the code owners of `requests/` on main. */
    readonly approvers?: readonly string[]
  }
}

/**
 * Reads the text of `tidemark.yaml`. `file` is only for messages.
 * Throws one `SETTINGS_INVALID` that lists every fault with its line, its place and what is allowed there, and never a value.
 */
export function readSettings(text: string, file: string = settingsFile): Settings {
  const yaml = readPlainYaml(text)
  if (!('lineOf' in yaml)) throw invalid(file, yaml)
  const form = formProblems(yaml)
  if (form.length > 0) throw invalid(file, form)
  const document = yaml.value as unknown as SettingsDocument
  const meaning = meaningProblems(document, yaml)
  if (meaning.length > 0) throw invalid(file, meaning)
  return settingsOf(document, file)
}

/** The settings of one site. Throws `SETTINGS_NO_SUCH_SITE`. */
export function siteSettings(settings: Settings, name: string): SiteSettings {
  const site = settings.sites.get(name)
  if (site !== undefined) return site
  throw new TidemarkError('SETTINGS_NO_SUCH_SITE', `${settings.file} names no site ${shown(name)}.`, {
    cure: `Use one of its sites (${[...settings.sites.keys()].join(', ')}), or add it with \`tidemark init\`.`,
    data: { site: name, sites: [...settings.sites.keys()] },
  })
}

// What a schema cannot say: hosts, two sites at one URL, days and addresses that do not exist.
function meaningProblems(document: SettingsDocument, yaml: PlainYaml): readonly Problem[] {
  const problems: Problem[] = []
  const fault = (at: Path, message: string | undefined): void => {
    if (message !== undefined) problems.push({ line: yaml.lineOf(at), at, message })
  }
  const known = new Map<string, string>()
  for (const [name, site] of Object.entries(document.sites)) {
    const at = placeIn('/sites', name)
    const wrongUrl = urlProblem(site.url, site.allowHosts ?? [])
    fault(placeIn(at, 'url'), wrongUrl)
    if (wrongUrl === undefined) {
      const base = baseUrl(site.url)
      const twin = known.get(base)
      fault(placeIn(at, 'url'), twin === undefined ? undefined : `the same site as sites.${twin}`)
      known.set(base, name)
    }
    fault(at, nameProblem(name))
    if (site.removed !== undefined && !isDay(site.removed)) fault(placeIn(at, 'removed'), 'there is no such day')
  }
  if (document.repository?.remote !== undefined) fault('/repository/remote', remoteProblem(document.repository.remote))
  if (document.repository?.api !== undefined) fault('/repository/api', apiProblem(document.repository.api))
  for (const [index, address] of (document.policy?.protect ?? []).entries()) {
    if (!isAddress(address)) fault(placeIn('/policy/protect', index), 'must be an address such as jira/project/support')
  }
  return problems
}

// A site's name becomes part of branches and files: the repository's layout judges.
function nameProblem(name: string): string | undefined {
  try {
    checkSite(name)
    return undefined
  } catch {
    return 'not a possible name: too long, or kept by Windows for a device'
  }
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

function settingsOf(document: SettingsDocument, file: string): Settings {
  const { removals, protect, approvals, approvers } = document.policy ?? {}
  const { api, ...repository } = document.repository ?? {}
  return {
    file,
    sites: new Map(
      Object.entries(document.sites).map(([name, site]) => [
        name,
        {
          name,
          url: baseUrl(site.url),
          products: Object.keys(site.products),
          include: site.include ?? [],
          exclude: site.exclude ?? [],
          schedule: { from: site.schedule?.from ?? '00:00', to: site.schedule?.to ?? '02:00' },
          retention: { days: site.retention?.days ?? 30 },
          encrypt: (site.encrypt ?? 'all') as SiteSettings['encrypt'],
          reports: (site.reports ?? 'addresses') as SiteSettings['reports'],
          slugs: (site.slugs ?? 'names') as SiteSettings['slugs'],
          objectsPerDataKey: site.objectsPerDataKey ?? 500,
          allowHosts: site.allowHosts ?? [],
          ...(site.removed !== undefined && { removed: site.removed }),
        },
      ]),
    ),
    repository: { ...repository, ...(api !== undefined && { api: baseUrl(api) }) },
    policy: {
      brake: { least: removals?.least ?? 10, share: (removals?.percent ?? 20) / 100 },
      protect: (protect ?? []) as readonly Address[],
      approvals: approvals ?? 1,
      ...(approvers !== undefined && { approvers }),
    },
  }
}

const mostShown = 50

/** All that is wrong with a file that people wrote, as one `SETTINGS_INVALID`. */
export function invalid(
  file: string,
  problems: readonly Problem[],
  cure = 'Mend these lines; schemas/settings.json tells an editor what is allowed.',
): TidemarkError {
  const inOrder = [...problems].sort((a, b) => a.line - b.line)
  const lines = new Set(inOrder.map(({ line, at, message }) => `${file}:${line}: ${at === '' ? '' : `${spoken(at)}: `}${message}`))
  const more = lines.size > mostShown ? [`… and ${lines.size - mostShown} more`] : []
  return new TidemarkError('SETTINGS_INVALID', [...[...lines].slice(0, mostShown), ...more].join('\n'), {
    cure,
    data: { file, problems: inOrder.slice(0, mostShown).map(({ line, at, message }) => ({ line, at, message })) as Json },
  })
}

// `/sites/acme/schedule/from` as people say it: sites.acme.schedule.from
function spoken(at: Path): string {
  return segmentsOf(at)
    .map((segment) => shown(segment.replaceAll('~1', '/').replaceAll('~0', '~')))
    .join('.')
}

// A key is data: what is no plain word is quoted, so that it cannot move a terminal's cursor or fake a line.
function shown(name: string): string {
  return /^[A-Za-z0-9_-]{1,60}$/.test(name) ? name : JSON.stringify(printable(name, 60))
}
