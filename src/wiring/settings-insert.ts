import { isDeepStrictEqual } from 'node:util'
import { readPlainYaml } from '../lib/plain-yaml.ts'
import { TidemarkError } from '../model/errors.ts'
import { placeIn } from '../model/path.ts'
import { readSettings, type Settings } from './settings.ts'
import { baseUrl } from './settings-hosts.ts'

export interface NewSite {
  readonly name: string
  readonly url: string
  /** Its lines, indented by two. */
  readonly block: string
}

/**
 * The text of `tidemark.yaml` with one more site after the others, every other line as people wrote it. `block` is the site's own text, indented by
 * two. Proven by reading both: the old sites and everything else say the same as before. Throws `SETTINGS_SITE_EXISTS`, `SETTINGS_INVALID`, and
 * `SETTINGS_NOT_INSERTED` where the form of the file (all sites on one line) leaves no place for it.
 */
export function insertSite(text: string, { name, url, block }: NewSite, file: string): string {
  const before = readSettings(text, file)
  const twin = [...before.sites.values()].find((site) => site.url === baseUrl(url))
  if (twin !== undefined && twin.name !== name) {
    throw new TidemarkError('SETTINGS_SITE_EXISTS', `${file} names this address already, as site ${twin.name}.`, {
      cure: `Go on with tidemark doctor --site ${twin.name}, or check the address.`,
    })
  }
  if (before.sites.has(name)) {
    throw new TidemarkError('SETTINGS_SITE_EXISTS', `${file} names site ${name} already.`, {
      cure: 'Choose another name, or go on with tidemark doctor and tidemark backup.',
    })
  }
  const after = withBlock(text, [...before.sites.keys()], block)
  if (!saysTheSame(readOrNothing(after), before, name)) {
    throw new TidemarkError(
      'SETTINGS_NOT_INSERTED',
      `${file} is written in a form into which no site can be put without touching other lines.`,
      {
        cure: 'Write each site on lines of its own below `sites:`, then run the command again.',
      },
    )
  }
  return after
}

function withBlock(text: string, names: readonly string[], block: string): string {
  const yaml = readPlainYaml(text)
  if (!('lineOf' in yaml)) return text
  const lines = text.split('\n')
  const last = Math.max(...names.map((name) => yaml.lineOf(placeIn('/sites', name)))) - 1
  const indent = /^ */.exec(lines[last] ?? '')?.[0] ?? ''
  let end = last + 1
  for (let at = end; at < lines.length; at += 1) {
    const line = lines[at]?.trimEnd() ?? ''
    if (line === '') continue
    if (!line.startsWith(`${indent} `)) break
    end = at + 1
  }
  const lineEnd = lines[0]?.endsWith('\r') === true ? '\r' : ''
  const own = block
    .trimEnd()
    .split('\n')
    .map((line) => `${line.replace(/^ {2}/, indent)}${lineEnd}`)
  // Where the file does not end in a line feed, its last line gets one.
  const atEnd = end === lines.length
  const above = lines.slice(0, end)
  if (atEnd && lineEnd !== '') above[end - 1] = `${above[end - 1]}${lineEnd}`
  return [...above, ...own, ...(atEnd ? [''] : lines.slice(end))].join('\n')
}

function readOrNothing(text: string): Settings | undefined {
  try {
    return readSettings(text)
  } catch {
    return undefined
  }
}

function saysTheSame(after: Settings | undefined, before: Settings, added: string): boolean {
  if (after?.sites.has(added) !== true) return false
  const others = new Map([...after.sites].filter(([name]) => name !== added))
  return isDeepStrictEqual({ ...after, sites: others, file: before.file }, before)
}
