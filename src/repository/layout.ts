/** Where things stand in the repository: addresses and paths, names of branches. Pure. */
import { createHash } from 'node:crypto'
import { type Address, isAddress, isPart, slugOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { isRequestId } from '../model/request.ts'
import { checkPath, isReserved } from './names.ts'

export { readBindings, writeBindings } from './bindings-file.ts'
export { messageOf } from './message.ts'

export const siteFile = 'site.yaml'
export const keyFile = 'key.yaml'

const sitePattern = /^[a-z0-9][a-z0-9-]{0,62}$/
const resourcePath = /^([a-z][a-z0-9]*)\/([a-z][a-z0-9-]*)\/(?:([0-9a-f]{2})\/)?([a-z0-9-]+)\.yaml$/
/** A folder with more files than this is split; one that is split stays so until it holds no more than half as many. */
const splitAbove = 2_500
const joinAtMost = splitAbove / 2

/** Answers the name itself if a site may be called so. Throws `SETTINGS_SITE_NAME`. */
export function checkSite(site: string): string {
  if (sitePattern.test(site) && !isReserved(site)) return site
  const shown = printable(site, 80)
  throw new TidemarkError('SETTINGS_SITE_NAME', `A site cannot be called "${shown}".`, {
    data: { site: shown },
    cure: 'Use 1 to 63 lower-case letters, digits and "-", beginning with a letter or digit.',
  })
}

/** The branch that is what the site is. */
export function branchOf(site: string): string {
  return `sites/${checkSite(site)}`
}

/** The branch with one signed line a run. */
export function runsBranchOf(site: string): string {
  return `tidemark/runs/${checkSite(site)}`
}

/** People's branch, from which snapshots and requests stay away: settings, who may read, and requests that were merged. */
export const mainBranch = 'main'

/** The branch on which people review a request, as its verb wrote it. */
export function reviewBranchOf(id: string): string {
  return `requests/${checkRequestId(id)}`
}

/** The branch of a request's life: plan, journal, ticks, result. Only the tool writes it. */
export function requestBranchOf(id: string): string {
  return `tidemark/requests/${checkRequestId(id)}`
}

/** The branch that tells how far the recovery of a whole site is. Only the tool writes it. */
export function recoveryBranchOf(site: string): string {
  return `tidemark/recoveries/${checkSite(site)}`
}

/** Where people say who can read a site, on `main`. */
export function keysFileOf(site: string): string {
  return `keys/${site}.yaml`
}

/** The folder of a request, on its review branch and on `main`. */
export function requestFolderOf(id: string): string {
  return `requests/${checkRequestId(id)}`
}

/** Where a request stands in its folder. */
export function requestFileOf(id: string): string {
  return `${requestFolderOf(id)}/request.yaml`
}

function checkRequestId(id: string): string {
  if (isRequestId(id)) return id
  const shown = printable(id, 80)
  throw new TidemarkError('REQUEST_ID', `"${shown}" is not the id of a request.`, {
    data: { id: shown },
    cure: 'An id looks like 2026-11-01-restore-acme; `git branch --list "requests/*"` lists those there are.',
  })
}

/** The ref of a site's lease; no branch, so that clones and pages of branches are not filled with it. */
export function leaseRefOf(site: string): string {
  return `refs/tidemark/lease/${checkSite(site)}`
}

/** Where a site's lease stands at hosts that take nothing but branches. */
export function leaseBranchOf(site: string): string {
  return `tidemark/lease/${checkSite(site)}`
}

/** The site whose snapshots a branch holds; undefined for any other branch. */
export function siteOf(branch: string): string | undefined {
  const site = branch.startsWith('sites/') ? branch.slice('sites/'.length) : ''
  return sitePattern.test(site) ? site : undefined
}

/** Paths of one snapshot's resources. */
export interface Layout {
  /** Throws `REPOSITORY_PATH_REFUSED` for an address that no path can stand for, and for the address of a part: parts live in their owner's file. */
  pathOf(address: Address): string
}

/**
 * Lays out the resources of one snapshot. `before` are the paths of the parent commit: a folder flips between flat and split only when it
 * grows past 2,500 files or shrinks to half of that, so that one object more or less never moves thousands of files to and fro.
 * A resource whose path differs from the one in `resourcesIn(before)` moves: its old path goes in the same commit.
 */
export function layoutOf(addresses: Iterable<Address>, before: Iterable<string> = []): Layout {
  const counts = new Map<string, number>()
  for (const address of addresses) counts.set(typeOf(address), (counts.get(typeOf(address)) ?? 0) + 1)
  const wasSplit = new Set<string>()
  for (const path of before) {
    const found = resourcePath.exec(path)
    if (found?.[3] !== undefined) wasSplit.add(`${found[1]}/${found[2]}`)
  }
  return {
    pathOf: (address) => {
      const type = typeOf(address)
      return pathIn(address, type, (counts.get(type) ?? 0) > (wasSplit.has(type) ? joinAtMost : splitAbove))
    },
  }
}

/** Where a resource may stand: in a folder that is flat, and in one that is split. */
export function pathsOf(address: Address): readonly string[] {
  return [false, true].map((split) => pathIn(address, typeOf(address), split))
}

function pathIn(address: Address, type: string, split: boolean): string {
  if (!isAddress(address) || isPart(address)) {
    const shown = printable(address, 200)
    throw new TidemarkError('REPOSITORY_PATH_REFUSED', `"${shown}" is not the address of a resource.`, { data: { path: shown } })
  }
  const slug = slugOf(address)
  return checkPath(`${type}/${split ? `${folderOf(slug)}/` : ''}${fileOf(slug)}.yaml`)
}

// `con.yaml` cannot be checked out on Windows. No slug ends in "-", so the added one is never mistaken for a part of it.
function fileOf(slug: string): string {
  return isReserved(slug) ? `${slug}-` : slug
}

function folderOf(slug: string): string {
  return createHash('sha256').update(slug).digest('hex').slice(0, 2)
}

/** The address that a file stands for, flat or split; undefined where the path is no resource's (also one in the wrong folder of a split). */
export function addressAt(path: string): Address | undefined {
  const found = resourcePath.exec(path)
  if (found === null) return undefined
  const [, product, type, folder, file = ''] = found
  const slug = file.endsWith('-') ? file.slice(0, -1) : file
  if (product === 'bindings' || fileOf(slug) !== file) return undefined
  if (folder !== undefined && folder !== folderOf(slug)) return undefined
  const address = `${product}/${type}/${slug}`
  return isAddress(address) ? address : undefined
}

/**
 * The resources among a commit's paths: where each address stands. Flat and split folders are read alike, also while mixed. Throws
 * `REPOSITORY_TWO_FILES` where one address stands in both: only a hand can have made that.
 */
export function resourcesIn(paths: Iterable<string>): ReadonlyMap<Address, string> {
  const found = new Map<Address, string>()
  for (const path of paths) {
    const address = addressAt(path)
    if (address === undefined) continue
    const other = found.get(address)
    if (other !== undefined) {
      throw new TidemarkError('REPOSITORY_TWO_FILES', `${address} stands in two files: ${other} and ${path}.`, {
        data: { address, paths: [other, path] },
        cure: 'Reset the branch to its last signed commit.',
      })
    }
    found.set(address, path)
  }
  return found
}
