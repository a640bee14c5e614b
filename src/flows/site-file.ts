import type { TypeName } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { SiteFacts } from '../model/product.ts'
import type { Catalogue, Reading } from '../model/resource-type.ts'

/** The present form of a snapshot. A repository of a newer one is refused. */
export const formatVersion = 1

/** `site.yaml`: what the snapshot is of and how complete it is. No times, no build numbers: it changes only when one of these facts does. */
export interface SiteFile {
  readonly format: number
  readonly url: string
  readonly cloudId: string
  readonly types: Readonly<Record<TypeName, { readonly version: number; readonly complete: boolean }>>
}

/** The facts of this run as they will stand in `site.yaml`; types that were not read keep what was said of them. */
export function siteFileOf(facts: SiteFacts, readings: readonly Reading[], catalogue: Catalogue, before: SiteFile | undefined): SiteFile {
  const types = { ...before?.types }
  for (const { type, gaps } of readings) types[type] = { version: catalogue.type(type)?.version ?? 1, complete: gaps.length === 0 }
  return { format: formatVersion, url: facts.url, cloudId: facts.cloudId, types }
}

/** Plain YAML with every text quoted as JSON, which YAML 1.2 contains. */
export function writeSiteFile(file: SiteFile): string {
  const types = Object.entries(file.types)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, { version, complete }]) => `  ${type}: { version: ${version}, complete: ${complete} }\n`)
  return `format: ${file.format}\nurl: ${JSON.stringify(file.url)}\ncloudId: ${JSON.stringify(file.cloudId)}\ntypes:\n${types.join('')}`
}

/** Reads what `writeSiteFile` wrote. Throws `REPOSITORY_FORMAT` for anything else, and for a newer format. */
export function readSiteFile(text: string): SiteFile {
  const lines = text.split('\n')
  const header = /^format: ([0-9]+)$/.exec(lines[0] ?? '')
  if (header === null) throw unreadable('its first line is not `format: <number>`')
  const format = Number(header[1])
  if (format > formatVersion) {
    throw new TidemarkError(
      'REPOSITORY_FORMAT',
      `The snapshot was written in format ${format}; this version knows formats up to ${formatVersion}.`,
      {
        cure: 'Update Tidemark.',
      },
    )
  }
  const types: Record<TypeName, { version: number; complete: boolean }> = {}
  for (const line of lines.slice(4)) {
    if (line === '') continue
    const entry = /^ {2}([a-z][a-z0-9]*\/[a-z][a-z0-9-]*): \{ version: ([0-9]+), complete: (true|false) \}$/.exec(line)
    if (entry === null) throw unreadable(`line ${lines.indexOf(line) + 1} is not a type`)
    types[entry[1] as TypeName] = { version: Number(entry[2]), complete: entry[3] === 'true' }
  }
  return { format, url: quoted(lines[1], 'url'), cloudId: quoted(lines[2], 'cloudId'), types }
}

function quoted(line: string | undefined, key: string): string {
  if (line?.startsWith(`${key}: `)) {
    try {
      const value: unknown = JSON.parse(line.slice(key.length + 2))
      if (typeof value === 'string') return value
    } catch {
      throw unreadable(`${key} is not a quoted text`)
    }
  }
  throw unreadable(`${key} is missing`)
}

function unreadable(why: string): TidemarkError {
  return new TidemarkError('REPOSITORY_FORMAT', `site.yaml of the site branch cannot be read: ${why}.`, {
    cure: 'Only the tool writes this file; take it from an earlier commit.',
  })
}

/** Refuses to go on where the address answers as another site than the snapshot is of. */
export function requireSameSite(facts: SiteFacts, before: SiteFile | undefined, name: string): void {
  if (before === undefined || before.cloudId === facts.cloudId) return
  throw new TidemarkError('ACCESS_OTHER_SITE', `"${name}" answers as cloud ${facts.cloudId}; its snapshots are of ${before.cloudId}.`, {
    cure: `Was the site refreshed or replaced? Then: tidemark rebind ${name}. Else give it another name; two sites are never mixed in one history.`,
    data: { answered: facts.cloudId, expected: before.cloudId },
  })
}
