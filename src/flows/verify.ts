import { referencesOf } from '../engine/references.ts'
import { type Address, isPart, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { printable } from '../model/printable.ts'
import type { Resource } from '../model/resource.ts'
import { branchOf, runsBranchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { type RunRecord, readRunRecord, runFile } from './run-record.ts'
import { requireSnapshot } from './side.ts'
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
 * everything bound there, every reference pointing at something the snapshot holds; then the line of runs: signed, of this site, and its last snapshot still on the
 * branch. A signature alone does not tell that an older commit, or another site's, was put in the place of the newest. One bad document does not
 * hide the next. Throws `REPOSITORY_NO_SNAPSHOT` for a commit from before the first snapshot.
 */
export async function verify(deps: SiteDeps, commit: CommitId): Promise<Verified> {
  const from = await stored(deps, commit)
  requireSnapshot(deps.name, from)
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
  for (const [address] of from.bindings.entries()) if (!isPart(address) && !from.files.has(address)) findings.push(withoutFile(address))
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

function withoutFile(address: Address): Finding {
  return {
    level: 'warning',
    code: 'REPOSITORY_FILE_MISSING',
    message: `${address} has an id in the bindings but no file: the snapshot lacks an object that the site had.`,
    address,
    cure: 'It could not be saved in that run, which named it then, or its file was taken away: an earlier commit has it. The next backup adds what the site still has.',
  }
}

async function checkRuns(deps: SiteDeps, findings: Finding[]): Promise<number> {
  const { name, repository } = deps
  await repository.fetch([branchOf(name), runsBranchOf(name)])
  const line = await repository.head(runsBranchOf(name))
  // Both move together: whoever looks here second sees at least what the line tells of.
  const head = await repository.head(branchOf(name))
  let runs = 0
  let last: RunRecord | undefined
  for await (const { id } of line === undefined ? [] : repository.log(line)) {
    runs += 1
    try {
      await repository.verify(id, deps.trusted)
      const text = await repository.read(id, runFile)
      const record = text === undefined ? undefined : readRunRecord(text)
      if (record !== undefined && record.site !== name) findings.push(ofOtherSite(id, record.site))
      else if (record?.flow !== 'drill' && record?.snapshot != null) last ??= record
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
  if (last === undefined) findings.push(noRuns(name))
  else if (!(await isOn(deps, head, last.snapshot))) findings.push(notOnBranch(name, last))
  return runs
}

async function isOn({ repository }: SiteDeps, head: CommitId | undefined, commit: CommitId | null): Promise<boolean> {
  for await (const { id } of head === undefined ? [] : repository.log(head)) if (id === commit) return true
  return false
}

function ofOtherSite(id: CommitId, site: string): Finding {
  return {
    level: 'error',
    code: 'REPOSITORY_OTHER_SITE',
    message: `Run ${id.slice(0, 12)} is one of site ${printable(site, 80)}: its line of runs was put in the place of this one's.`,
    cure: 'Find out who can push to the branch, and put it back to where it was.',
  }
}

function notOnBranch(name: string, { snapshot, ended }: RunRecord): Finding {
  return {
    level: 'error',
    code: 'REPOSITORY_ROLLED_BACK',
    message: `The last run (${ended}) made or found the snapshot ${snapshot?.slice(0, 12)}, which is not on ${branchOf(name)}: the branch was put back, or replaced.`,
    cure: 'Find out who can push to the branch. A clone that has that snapshot can push it again.',
  }
}

function noRuns(name: string): Finding {
  return {
    level: 'warning',
    code: 'REPOSITORY_NO_RUNS',
    message: `No run of ${runsBranchOf(name)} tells of a snapshot: nothing says that this one is the newest.`,
    cure: `Fetch the branch: git fetch origin ${runsBranchOf(name)}. If it is nowhere, find out who deleted it; the next backup begins a new one.`,
  }
}
