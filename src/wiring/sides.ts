import { dirname } from 'node:path'
import type { DiffOptions } from '../flows/diff.ts'
import { snapshotNamed } from '../flows/history.ts'
import type { Side } from '../flows/side.ts'
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

/** Two things to compare, opened. */
export interface Sides extends Pick<DiffOptions, 'decisions'> {
  readonly from: Side
  readonly to: Side
}

/** Opens what a person compares, and connects to a site where it is meant as it is now. `name` is the site of what names none. */
export async function openSides(place: Place, texts: readonly [string, string], name: string | undefined): Promise<Sides> {
  const settings = await loadSettings(place.folder, place.config)
  const opened = new Map<string | undefined, OpenSite>()
  const sideOf = async ({ site = name, at }: Named): Promise<Side> => {
    const own = opened.get(site) ?? (await openSite(place, site))
    opened.set(site, own)
    if (at === live) return { site: connectSite(own), live: true }
    return { site: own.deps, commit: await snapshotNamed(own.deps, at) }
  }
  const [first, second] = texts.map((text) => snapshotOf(text, settings)) as [Named, Named]
  const [from, to] = [await sideOf(first), await sideOf(second)]
  if (from.site.name === to.site.name) return { from, to }
  return { from, to, decisions: await decisionsBetween(dirname(settings.file), from.site.name, to.site.name) }
}
