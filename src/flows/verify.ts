import { referencesOf } from '../engine/references.ts'
import { type Address, isPart, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Resource } from '../model/resource.ts'
import { runsBranchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import type { SiteDeps } from './site.ts'
import { openStored, type Stored, stored } from './stored.ts'

export interface Verified {
  readonly documents: number
  readonly references: number
  readonly runs: number
  readonly findings: readonly Finding[]
}

/**
 * Proves that a snapshot can be read and is whole: its signature, every document opened with its MAC and found in its own place, every object bound,
 * every reference pointing at something the snapshot holds; then the signatures of the line of runs. One bad document does not hide the next.
 */
export async function verify(deps: SiteDeps, commit: CommitId): Promise<Verified> {
  const from = await stored(deps, commit)
  const findings: Finding[] = []
  let documents = 0
  let references = 0
  const unreadable = (address: Address, error: TidemarkError) => {
    findings.push({
      level: 'error',
      code: error.code,
      message: `${address}: ${error.message}`,
      address,
      cure: error.cure ?? 'Take the file from an earlier commit of the site branch.',
    })
  }
  for await (const resource of openStored(deps, from, undefined, unreadable)) {
    documents += 1
    references += checkReferences(deps, from, resource, findings)
    if (from.bindings.idOf(resource.address) === undefined) findings.push(unbound(resource.address))
  }
  return { documents, references, runs: await checkRuns(deps, findings), findings }
}

function checkReferences(deps: SiteDeps, from: Stored, resource: Resource, findings: Finding[]): number {
  const type = deps.catalogue.type(typeOf(resource.address))
  if (type === undefined) return 0
  let count = 0
  for (const { to, at } of referencesOf(resource, type)) {
    count += 1
    if (from.files.has(ownerOf(to)) && (!isPart(to) || from.bindings.idOf(to) !== undefined)) continue
    findings.push({
      level: 'warning',
      code: 'REFERENCE_MISSING',
      message: `${resource.address} ${at}: ${to} is not in the snapshot.`,
      address: resource.address,
      at,
      cure: 'It was removed in Jira, or could not be read in that run. A restore will ask for it.',
    })
  }
  return count
}

function unbound(address: Address): Finding {
  return {
    level: 'warning',
    code: 'REPOSITORY_UNBOUND',
    message: `${address} has a file but no id in the bindings.`,
    address,
    cure: 'The next backup binds it again; until then a restore would create it anew.',
  }
}

async function checkRuns(deps: SiteDeps, findings: Finding[]): Promise<number> {
  const head = await deps.repository.head(runsBranchOf(deps.name))
  if (head === undefined) return 0
  let runs = 0
  for await (const { id } of deps.repository.log(head)) {
    runs += 1
    try {
      await deps.repository.verify(id, deps.trusted)
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error
      findings.push({
        level: 'error',
        code: error.code,
        message: `Run ${id.slice(0, 12)}: ${error.message}`,
        cure: error.cure ?? 'Find out who can push to the branch.',
      })
    }
  }
  return runs
}
