import { dirname } from 'node:path'
import type { DiffOptions } from '../flows/diff.ts'
import { snapshotNamed } from '../flows/history.ts'
import type { Side } from '../flows/side.ts'
import type { SiteDeps } from '../flows/site.ts'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import type { CommitId } from '../repository/repository.ts'
import { decisionsBetween } from './match-file.ts'
import { connectSite, type OpenSite, openSite, type Place } from './open.ts'
import { type Settings, siteSettings } from './settings.ts'
import { loadSettings } from './settings-find.ts'

/** What a person names: a snapshot (`at`) of a site; without `site`, of the one that the command is about. */
export interface Named {
  readonly site?: string
  readonly at: string
}

/**
 * Reads `2026-11-01`, `HEAD~2`, `live`, `acme-sandbox` or `acme-sandbox@2026-11-01`. A site alone stands for its last snapshot. Throws
 * `SETTINGS_NO_SUCH_SITE` for what stands before an `@` and is none.
 */
export function snapshotOf(text: string, settings: Settings): Named {
  const cut = text.indexOf('@')
  if (cut >= 0) return { site: siteSettings(settings, text.slice(0, cut)).name, at: text.slice(cut + 1) || 'HEAD' }
  return text !== live && settings.sites.has(text) ? { site: text, at: 'HEAD' } : { at: text }
}

const live = 'live'

/**
 * The snapshot of a site that a person names, as `snapshotNamed` finds it. A name that could be that of a site and is no snapshot is refused as neither,
 * with `REPOSITORY_NO_SUCH_COMMIT`.
 */
export async function snapshotIn(deps: SiteDeps, settings: Settings, text: string): Promise<CommitId> {
  try {
    return await snapshotNamed(deps, text)
  } catch (error) {
    const site = siteMeant(text)
    if (site === undefined || !(error instanceof TidemarkError) || error.code !== 'REPOSITORY_NO_SUCH_COMMIT') throw error
    const shown = printable(text, 60)
    const { data, cure = '' } = error
    if (settings.sites.has(site)) {
      throw new TidemarkError('REPOSITORY_NO_SUCH_COMMIT', `"${shown}" names the site ${site}, where a snapshot alone is wanted.`, {
        cure: `Say the site with --site ${site}. ${cure}`,
        data,
      })
    }
    throw new TidemarkError(
      'REPOSITORY_NO_SUCH_COMMIT',
      `"${shown}" is neither a site of ${settings.file} nor a commit that this repository has.`,
      { cure: `Its sites: ${[...settings.sites.keys()].join(', ')}. ${cure}`, data },
    )
  }
}

/** The site that a text names or may have been meant to name; undefined for what looks like a snapshot. */
function siteMeant(text: string): string | undefined {
  const [name = '', at] = text.split('@', 2)
  const asSnapshot = name === live || /^(?:[0-9a-f]{4,40}|[0-9]{4}-[0-9]{2}-[0-9]{2})$/.test(name)
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && (at !== undefined || !asSnapshot) ? name : undefined
}

/** Two things to compare, opened. */
export interface Sides extends Pick<DiffOptions, 'decisions'> {
  readonly from: Side
  readonly to: Side
}

/**
 * Opens what a person compares, and connects to a site where it is meant as it is now. `name` is the site of what names none; without it, that of the
 * other side. Throws `USAGE_WHICH_SITE` where nothing says which.
 */
export async function openSides(place: Place, texts: readonly [string, string], name: string | undefined): Promise<Sides> {
  const settings = await loadSettings(place.folder, place.config)
  const [first, second] = texts.map((text) => snapshotOf(text, settings)) as [Named, Named]
  const usual = name ?? first.site ?? second.site
  if (usual === undefined) requireOneSite(settings, texts)
  const opened = new Map<string | undefined, OpenSite>()
  const sideOf = async ({ site = usual, at }: Named): Promise<Side> => {
    const own = opened.get(site) ?? (await openSite(place, site))
    opened.set(site, own)
    if (at === live) return { site: connectSite(own), live: true }
    return { site: own.deps, commit: await snapshotIn(own.deps, settings, at) }
  }
  const [from, to] = [await sideOf(first), await sideOf(second)]
  if (from.site.name === to.site.name) return { from, to }
  return { from, to, decisions: await decisionsBetween(dirname(settings.file), from.site.name, to.site.name) }
}

/** Of what may be a slip in the name of a site, more is told than that there are several. */
function requireOneSite({ sites, file }: Settings, texts: readonly string[]): void {
  const slip = texts.find((text) => siteMeant(text) !== undefined)
  if (sites.size < 2 || slip === undefined) return
  throw new TidemarkError(
    'USAGE_WHICH_SITE',
    `"${printable(slip, 60)}" is none of the sites of ${file}, and nothing says of which of them it is a snapshot.`,
    { cure: `Say which: --site ${[...sites.keys()].join(' | ')}` },
  )
}
