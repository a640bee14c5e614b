/** Fills a site from recorded answers of a real one: JSON as it was answered, or tables with JSON in their cells. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { TidemarkError } from '../model/errors.ts'
import { parseJson } from '../model/json.ts'
import type { WorkflowRow } from './collections/workflow-row.ts'
import { readCsv } from './csv.ts'
import { isAuditRecord, kindOf, type Recorded, rehosted } from './recordings.ts'
import type { Row, SiteState } from './state.ts'

export interface LoadReport {
  /** Objects taken over, by family; `audit-record` among them. */
  readonly loaded: Readonly<Record<string, number>>
  /** What no family knows, and files that are neither JSON nor a table of it: by file, with how many objects. */
  readonly unrecognised: readonly { readonly file: string; readonly objects: number; readonly properties: readonly string[] }[]
}

const longestFile = 64 * 1024 * 1024
const mostFiles = 10_000

/**
 * Takes over every recorded object whose shape says what it is, wherever in the folder it stands, with the ids it was recorded with; asked
 * for in the shape it was recorded in, the site answers it property by property as recorded, apart from the host in URLs. A default object
 * of the site with the same name gives way. Throws `USAGE_FOLDER` when the folder cannot be read.
 */
export async function load(site: SiteState, folder: string): Promise<LoadReport> {
  const loaded: Record<string, number> = {}
  const unrecognised: { file: string; objects: number; properties: readonly string[] }[] = []
  const replaced = new Map<string, string>()
  const count = (family: string): void => {
    loaded[family] = (loaded[family] ?? 0) + 1
  }
  for (const path of await filesOf(folder)) {
    const strange: Recorded[] = []
    const objects = objectsOf(path, await readFile(path, 'utf8'))
    for (const object of objects ?? []) {
      if (isAuditRecord(object)) {
        site.audit.adopt(object)
        count('audit-record')
        continue
      }
      const family = takeOver(site, object, replaced)
      if (family === undefined) strange.push(object)
      else count(family)
    }
    if (objects !== undefined && strange.length === 0) continue
    unrecognised.push({ file: relative(folder, path), objects: strange.length, properties: Object.keys(strange[0] ?? {}) })
  }
  if (replaced.size > 0) followReplaced(site, replaced)
  return { loaded, unrecognised }
}

async function filesOf(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
    if (paths.length > mostFiles || sizes.some((size) => size > longestFile)) throw new Error('It holds too much.')
    return paths.sort()
  } catch (cause) {
    throw new TidemarkError('USAGE_FOLDER', `The folder of recorded answers cannot be read: ${folder}.`, {
      cure: `Name a folder of at most ${mostFiles} files of at most ${longestFile / 1024 / 1024} MiB.`,
      cause,
    })
  }
}

/** The objects that a file holds; undefined for a file that is no recording. */
function objectsOf(path: string, text: string): readonly Recorded[] | undefined {
  try {
    if (extname(path) === '.json') return listIn(parseJson(text))
    if (extname(path) === '.csv') return readCsv(text).flatMap(objectInRow)
    return undefined
  } catch {
    return undefined
  }
}

/** An answer may be a list, one object, or a page: then its longest list of objects is what it is about. */
function listIn(answer: unknown): readonly Recorded[] {
  if (Array.isArray(answer)) return answer.filter(isObject)
  if (!isObject(answer)) return []
  if (kindOf(answer) !== undefined || isAuditRecord(answer)) return [answer]
  const lists = Object.values(answer).filter((value): value is Recorded[] => Array.isArray(value) && value.some(isObject))
  return lists.sort((a, b) => b.length - a.length)[0]?.filter(isObject) ?? [answer]
}

/** Of the cells that hold JSON objects, the one that a site knows; else the longest. */
function objectInRow(cells: readonly string[]): readonly Recorded[] {
  const objects = cells.filter((cell) => cell.startsWith('{')).map((cell) => parseJson(cell) as Recorded)
  const known = objects.find((object) => kindOf(object) !== undefined || isAuditRecord(object))
  const largest = objects.sort((a, b) => Object.keys(b).length - Object.keys(a).length)[0]
  return known !== undefined ? [known] : largest !== undefined ? [largest] : []
}

function takeOver(site: SiteState, object: Recorded, replaced: Map<string, string>): string | undefined {
  const kind = kindOf(object)
  if (kind === undefined) return undefined
  const store = site.store<Row & { readonly name?: string; readonly projectId?: string }>(kind.family)
  const row = kind.row(object, site) as Row & { readonly name?: string; readonly projectId?: string }
  const view = kind.view === undefined ? kind.family : `${kind.family}/${kind.view}`
  const recordings = site.recorded.get(view) ?? new Map<string, Recorded>()
  site.recorded.set(view, recordings)
  // The same object is often recorded twice, for instance by two pages: the first recording stands.
  if (!recordings.has(row.id)) recordings.set(row.id, rehosted(object, site.url))
  if (isRecorded(site, kind.family, row.id, view)) return kind.family
  const standing = store.get(row.id)
  const namesake = store
    .all()
    .find((other) => other.name === row.name && other.projectId === row.projectId && !isRecorded(site, kind.family, other.id))
  if (standing !== undefined) store.remove(row.id)
  if (namesake !== undefined && namesake.id !== row.id) {
    store.remove(namesake.id)
    replaced.set(namesake.id, row.id)
  }
  store.add(row)
  return kind.family
}

/** Was the row made of a recording: of any view but `except`. */
function isRecorded(site: SiteState, family: string, id: string, except?: string): boolean {
  for (const [view, recordings] of site.recorded) {
    if (view !== except && (view === family || view.startsWith(`${family}/`)) && recordings.has(id)) return true
  }
  return false
}

function followReplaced(site: SiteState, replaced: ReadonlyMap<string, string>): void {
  const store = site.store<WorkflowRow>('workflow')
  const now = (id: string): string => replaced.get(id) ?? id
  for (const row of [...store.all()]) {
    store.change(row.id, {
      statuses: row.statuses.map((status) => ({ ...status, statusId: now(status.statusId) })),
      transitions: row.transitions.map((transition) => ({
        ...transition,
        toStatusId: transition.toStatusId === undefined ? undefined : now(transition.toStatusId),
        links: transition.links.map((link) => ({ ...link, fromStatusId: now(link.fromStatusId) })),
      })),
    })
  }
}

function isObject(value: unknown): value is Recorded {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
