import { setImmediate } from 'node:timers/promises'
import type { EarlyCapture } from '../engine/early.ts'
import { type Address, isPart, type TypeName, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { SiteFacts } from '../model/product.ts'
import type { Resource } from '../model/resource.ts'
import type { Reading } from '../model/resource-type.ts'
import { keyFile, type Layout, layoutOf, siteFile, writeBindings } from '../repository/layout.ts'
import type { FileChange } from '../repository/repository.ts'
import type { Sealed } from '../vault/vault.ts'
import { encryptionOf } from './encryption.ts'
import { type Judged, withGap } from './judge.ts'
import type { ChangeRecord } from './run-record.ts'
import type { SiteDeps } from './site.ts'
import { siteFileOf, writeSiteFile } from './site-file.ts'
import type { Stored } from './stored.ts'

/** The files of the next snapshot, as they are made. */
export interface SnapshotFiles {
  /** Of a site without a snapshot: each resource as soon as it can be told, while the rest is still being read. */
  early(capture: EarlyCapture, arrivals: AsyncIterable<Reading>): AsyncGenerator<FileChange>
  /** Whatever else differs from the branch. */
  others(judged: Judged, facts: SiteFacts): AsyncGenerator<FileChange>
  /** What became of each resource that is not as it was; complete when the files are. */
  readonly changed: readonly { readonly address: Address; readonly what: ChangeRecord['what'] }[]
  readonly findings: readonly Finding[]
  /** The readings, with a gap for every resource that could not be saved. */
  withUnsaved(readings: readonly Reading[]): readonly Reading[]
}

/** Seals what was read and says where it goes. `progress` is told how many resources were looked at. */
export function snapshotFiles(deps: SiteDeps, before: Stored, progress: (done: number) => void): SnapshotFiles {
  const encryption = encryptionOf(deps)
  const changed: { address: Address; what: ChangeRecord['what'] }[] = []
  const findings: Finding[] = []
  const unsaved: { readonly type: TypeName; readonly reason: Finding }[] = []
  const givenEarly = new Set<Address>()
  let done = 0

  const withUnsaved = (readings: readonly Reading[]) =>
    readings.map((reading) =>
      unsaved.filter(({ type }) => type === reading.type).reduce((all, { reason }) => withGap(all, reason), reading),
    )

  return {
    changed,
    findings,
    withUnsaved,

    async *early(capture, arrivals) {
      const layouts = new Map<TypeName, Layout>()
      for await (const resource of capture.resources(arrivals)) {
        const { address } = resource
        const type = typeOf(address)
        const layout = layouts.get(type) ?? layoutOf([...capture.seen()].filter((other) => !isPart(other) && typeOf(other) === type))
        layouts.set(type, layout)
        givenEarly.add(address)
        yield* added(resource, layout)
        // The network comes first.
        await setImmediate()
      }
    },

    /** Resources that have a file come first: so new ones find the data keys that have room. */
    async *others({ captured, absence, readings, bindings }, facts) {
      const { snapshot } = captured
      const layout = layoutOf(
        new Set([...snapshot.keys(), ...givenEarly, ...before.files.keys()]),
        [...before.files.values()].map(({ path }) => path),
      )
      const known = [...before.files].filter(([address]) => snapshot.has(address))
      let index = 0
      for await (const text of deps.repository.texts(known.map(([, { blob }]) => blob))) {
        const [address, { path }] = known[index++] as (typeof known)[number]
        const sealed = await seal(snapshot.get(address) as Resource, text as Sealed)
        const place = layout.pathOf(address)
        if (place !== path) yield { path, text: undefined }
        if (sealed !== text || place !== path) yield { path: place, text: sealed }
        if (sealed !== text) changed.push({ address, what: 'changed' })
        tell()
      }
      const fresh = [...snapshot.values()].filter(({ address }) => !before.files.has(address))
      for (const resource of fresh.sort((a, b) => (a.address < b.address ? -1 : 1))) yield* added(resource, layout)
      for (const address of absence.removed) {
        const file = before.files.get(address)
        if (file === undefined) continue
        yield { path: file.path, text: undefined }
        changed.push({ address, what: 'removed' })
      }
      const bindingFiles = writeBindings(bindings)
      for (const [path, text] of bindingFiles) if (before.bindingTexts.get(path) !== text) yield { path, text }
      for (const path of before.bindingTexts.keys()) if (!bindingFiles.has(path)) yield { path, text: undefined }
      if (deps.keyText !== undefined) yield { path: keyFile, text: deps.keyText }
      const siteText = writeSiteFile(siteFileOf(facts, withUnsaved(readings), deps.catalogue, before.site))
      if (siteText !== before.siteText) yield { path: siteFile, text: siteText }
      // What came early came in the order in which the site answered.
      if (givenEarly.size > 0) changed.sort((a, b) => (a.address < b.address ? -1 : 1))
    },
  }

  async function* added(resource: Resource, layout: Layout): AsyncGenerator<FileChange> {
    const sealed = await seal(resource)
    if (sealed !== undefined) {
      yield { path: layout.pathOf(resource.address), text: sealed }
      changed.push({ address: resource.address, what: 'added' })
    }
    tell()
  }

  function tell(): void {
    done += 1
    progress(done)
  }

  /**
   * Sealed text of what was read. What cannot be sealed is named and keeps its last version, if it has one; where that version cannot be opened
   * any more, what Jira holds is sealed anew.
   */
  async function seal(resource: Resource, previous?: Sealed): Promise<Sealed | undefined> {
    const { address } = resource
    const type = typeOf(address)
    try {
      return await deps.vault.seal(resource, encryption, type.slice(0, type.indexOf('/')), previous)
    } catch (error) {
      if (!(error instanceof TidemarkError) || !error.code.startsWith('VAULT_')) throw error
      if (error.code === 'VAULT_UNSEALABLE' || error.code === 'VAULT_TOO_LARGE') {
        unsaved.push({ type, reason: unsealable(address, error) })
        return previous
      }
      if (previous === undefined) throw error
      findings.push(sealedAnew(address, error))
      return seal(resource)
    }
  }
}

function unsealable(address: Address, { code, message, cure }: TidemarkError): Finding {
  return {
    level: 'error',
    code,
    message: `${address} could not be saved. ${message}`,
    address,
    cure: cure ?? 'Its last good version is kept. Change the value in Jira.',
  }
}

function sealedAnew(address: Address, { message }: TidemarkError): Finding {
  return {
    level: 'warning',
    code: 'BACKUP_SEALED_ANEW',
    message: `The last version of ${address} could not be opened, so it was sealed anew from what Jira holds. ${message}`,
    address,
    cure: 'Find out what happened to the file: its commit was signed by a trusted key. Versions before it are in the history.',
  }
}
