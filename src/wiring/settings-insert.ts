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

/**
 * The text of `tidemark.yaml` with the repository on GitHub in it, every other line as people wrote it, proven by reading both. Throws
 * `SETTINGS_FORGE_EXISTS` where another repository or API is named already, `SETTINGS_INVALID`, and `SETTINGS_NOT_INSERTED` where the form of the file
 * leaves no place for it.
 */
export function insertForge(text: string, wanted: { readonly github: string; readonly api?: string }, file: string): string {
  const before = readSettings(text, file)
  const { github, api } = before.repository
  const wantedApi = wanted.api === undefined ? undefined : baseUrl(wanted.api)
  if (github === wanted.github && api === wantedApi) return text
  if (github !== undefined || api !== undefined) {
    throw new TidemarkError('SETTINGS_FORGE_EXISTS', `${file} names another repository on GitHub, or another API.`, {
      cure: 'Give that one (and its --github-api), or change it in the file first.',
    })
  }
  const after = withForge(text, wanted)
  const read = readOrNothing(after)
  const expected = { ...before, repository: { ...before.repository, ...wanted, ...(wantedApi !== undefined && { api: wantedApi }) } }
  if (read === undefined || !isDeepStrictEqual({ ...read, file }, { ...expected, file })) {
    throw new TidemarkError('SETTINGS_NOT_INSERTED', `${file} is written in a form into which the repository on GitHub cannot be put.`, {
      cure: 'Write `github: owner/name` below `repository:` yourself, then run the command again.',
    })
  }
  return after
}

function withForge(text: string, { github, api }: { readonly github: string; readonly api?: string }): string {
  const yaml = readPlainYaml(text)
  if (!('lineOf' in yaml)) return text
  const lines = text.split('\n')
  const lineEnd = lines[0]?.endsWith('\r') === true ? '\r' : ''
  const own = [`github: ${github}`, ...(api === undefined ? [] : [`api: ${api}`])]
  const at = lines.findIndex((line) => /^repository: *(?:#.*)?\r?$/.test(line))
  if (at >= 0) {
    const indent = /^ +/.exec(lines.slice(at + 1).find((line) => line.trim() !== '') ?? '')?.[0] ?? '  '
    return [...lines.slice(0, at + 1), ...own.map((line) => `${indent}${line}${lineEnd}`), ...lines.slice(at + 1)].join('\n')
  }
  const end = text.endsWith('\n') || text === '' ? '' : `${lineEnd}\n`
  return `${text}${end}${['repository:', ...own.map((line) => `  ${line}`)].map((line) => `${line}${lineEnd}\n`).join('')}`
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
