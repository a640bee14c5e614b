import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type BackupOptions, type BackupResult, backup } from '../../src/flows/backup.ts'
import { type RunRecord, readRunRecord, runFile } from '../../src/flows/run-record.ts'
import type { ConnectedSite } from '../../src/flows/site.ts'
import { silentLog } from '../../src/lib/log.ts'
import type { Bindings } from '../../src/model/bindings.ts'
import type { Context } from '../../src/model/context.ts'
import type { Json } from '../../src/model/json.ts'
import type { JiraSite } from '../../src/products/jira/site.ts'
import { branchOf, keyFile, readBindings, runsBranchOf } from '../../src/repository/layout.ts'
import { leasesOf } from '../../src/repository/lease.ts'
import { createRepository, openRepository } from '../../src/repository/open.ts'
import type { CommitId, Repository } from '../../src/repository/repository.ts'
import { generateSigningKey, readSigningKey } from '../../src/repository/signing.ts'
import { type SimulatedSite, type SiteSeed, startSimulator } from '../../src/simulator/simulator.ts'
import { type AgeIdentity, ageIdentity, newIdentityText } from '../../src/vault/age.ts'
import { newRing, openRing } from '../../src/vault/ring.ts'
import { openVault } from '../../src/vault/vault-of-ring.ts'
import { journalsIn } from '../../src/wiring/open.ts'
import { type FastClock, fastClock } from '../doubles/fast-clock.ts'
import { connect, type OpenedSite } from './site.ts'
import { temporaryFolder } from './temporary.ts'

/** A simulated site with a repository of its own, real to the last byte: git, keys, sockets. */
export interface WholeSite extends AsyncDisposable {
  readonly site: SimulatedSite
  /** Jira's API under the administrator's account: for seeding. */
  readonly admin: JiraSite
  /** The same under another account. */
  adminAs(account: { readonly email: string; readonly token: string }): JiraSite
  readonly clock: FastClock
  readonly folder: string
  readonly repository: Repository
  readonly identity: AgeIdentity
  readonly signer: { readonly privateKey: string; readonly publicKey: string }
  readonly branch: string
  readonly runs: string
  /** The site as a run opens it: a connection, a vault and a memory of its own each time. */
  open(more?: Partial<ConnectedSite>): Promise<OpenedSite>
  /** One run, as a new process would make it. */
  backup(options?: BackupOptions, more?: Partial<ConnectedSite>): Promise<BackupResult>
  git(...args: string[]): string
  /** Files of the site's branch, or of a commit: text by path. */
  files(at?: string): ReadonlyMap<string, string>
  /** The record of the last run. */
  lastRun(): RunRecord
  /** What the site's branch binds. */
  bindings(): Bindings
  /** The site's private key, as `sops` takes it. */
  siteKey(): Promise<string>
}

export interface WholeSiteOptions extends Partial<Pick<SiteSeed, 'fill' | 'bare'>> {
  readonly workTree?: boolean
  readonly name?: string
}

/** Makes one. A fresh site's default objects are in it unless `bare` is set. */
export async function wholeSite({ workTree = false, name = 'acme', ...seed }: WholeSiteOptions = {}): Promise<WholeSite> {
  const clock = fastClock()
  const context: Context = { clock, log: silentLog, signal: new AbortController().signal }
  const simulator = await startSimulator({ sites: [{ name, ...seed }], seed: 5, clock })
  const temporary = await temporaryFolder()
  const folder = temporary.path
  const sites: OpenedSite[] = []
  const path = join(folder, 'repository')
  const signer = generateSigningKey()
  const identity = await ageIdentity(await newIdentityText())
  await createRepository(path, { bare: !workTree })
  const repository = await openRepository({ path, clock, signingKey: readSigningKey(signer.privateKey) })
  const branch = branchOf(name)
  const ring = await newRing([identity.recipient], clock)
  const begun = await repository.prepare({
    branch,
    parent: undefined,
    changes: [{ path: keyFile, text: ring }],
    message: `${name}: key ring`,
  })
  await repository.publish([{ branch, expected: undefined, commit: begun as CommitId }])

  const site = simulator.site(name)
  const open = async (more: Partial<ConnectedSite> = {}) => {
    const keys = await openRing(ring, [identity])
    const vault = openVault({ ring: keys, clock })
    const trusted = [signer.publicKey]
    // This clock leaps: a lease of an hour outlives any leap.
    const own = more.repository ?? repository
    const leases = leasesOf({ site: name, repository: own, trusted, clock, terms: { seconds: 3600 } })
    const opened = connect(
      site,
      { repository, leases, journalFile: journalsIn(repository.gitDir), vault, trusted, context, ...more },
      site.url,
      context,
    )
    sites.push(opened)
    return opened
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', path, ...args], {
      encoding: 'utf8',
      env: plainGit,
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trimEnd()
  const { jira: admin } = await open()
  const adminAs: WholeSite['adminAs'] = ({ email, token }) => {
    const opened = connect({ ...site, email, token }, {}, site.url, context)
    sites.push(opened)
    return opened.jira
  }
  function files(at = branch): ReadonlyMap<string, string> {
    const entries = git('ls-tree', '-r', at)
      .split('\n')
      .map((line) => line.split(/\s/))
    const blobs = blobsOf(
      path,
      entries.map(([, , blob = '']) => blob),
    )
    return new Map(entries.map(([, , , file = ''], index) => [file, blobs[index] ?? '']))
  }
  return {
    site,
    admin,
    adminAs,
    clock,
    folder,
    repository,
    identity,
    signer,
    branch,
    runs: runsBranchOf(name),
    open,
    backup: async (options, more) => backup(await open(more), options),
    git,
    files,
    lastRun() {
      const record = readRunRecord(git('show', `${runsBranchOf(name)}:${runFile}`))
      if (record === undefined) throw new Error('the last run left no record')
      return record
    },
    bindings() {
      return readBindings([...files()].filter(([file]) => file.startsWith('bindings/')))
    },
    siteKey: async () => (await openRing(ring, [identity])).keys.at(-1)?.text ?? '',
    async [Symbol.asyncDispose]() {
      for (const { jira } of sites) await jira.close()
      await simulator.stop()
      await temporary.remove()
    },
  }
}

/** The content of these objects, in that order. */
export function blobsOf(path: string, ids: readonly string[]): readonly string[] {
  const out = execFileSync('git', ['-C', path, 'cat-file', '--batch'], { input: ids.join('\n'), env: plainGit, maxBuffer: 1 << 28 })
  const texts: string[] = []
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf(10, at)
    const size = Number(out.toString('utf8', at, end).split(' ')[2])
    texts.push(out.toString('utf8', end + 1, end + 1 + size))
    at = end + 1 + size + 1
  }
  return texts
}

/** Git as a person would use it, without the machine's own settings. */
export const plainGit = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'person',
  GIT_AUTHOR_EMAIL: 'person@example.test',
  GIT_COMMITTER_NAME: 'person',
  GIT_COMMITTER_EMAIL: 'person@example.test',
} as const

/** A page as Jira gives it, of these objects and no more. */
export function pageOf(values: readonly Json[]): object {
  return { self: '', startAt: 0, maxResults: 50, total: values.length, isLast: true, values }
}
