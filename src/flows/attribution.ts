import { parentTypeOf } from '../engine/names.ts'
import { type Address, parentSlugOf, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from '../model/json.ts'
import { select } from '../model/path.ts'
import type { AuditRecord } from '../model/product.ts'
import type { Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import type { CommitId } from '../repository/repository.ts'
import type { ConnectedProduct } from './reading.ts'
import { type ChangeRecord, readRunRecord, runFile } from './run-record.ts'
import type { ConnectedSite } from './site.ts'

export interface Trail {
  readonly records: readonly AuditRecord[]
  readonly findings: readonly Finding[]
}

/** What the audit logs of the site's products tell since a moment. Where a log cannot be read, that is a finding, and "unknown" its consequence. */
async function auditTrail(connected: readonly ConnectedProduct[], since: Date): Promise<Trail> {
  const records: AuditRecord[] = []
  const findings: Finding[] = []
  for (const { product, site } of connected) {
    if (product.audit === undefined) continue
    try {
      for await (const record of product.audit(site, since)) records.push(record)
    } catch {
      findings.push({
        level: 'note',
        code: 'BACKUP_NO_AUDIT',
        message: `${product.title}: the audit log could not be read, so nobody can be named for changes.`,
        cure: 'The account needs Administer Jira; Free plans have no audit log.',
      })
    }
  }
  return { records, findings }
}

/** Who did what since the run of that commit began. */
export async function trailSince(deps: ConnectedSite, lastRun: CommitId): Promise<Trail> {
  const text = await deps.repository.read(lastRun, runFile)
  const record = text === undefined ? undefined : readRunRecord(text)
  if (record === undefined) return { records: [], findings: [] }
  return auditTrail(deps.connected, new Date(record.started))
}

/** Names for each changed address the accounts that the audit log names for that object, or for its parent. */
export function attribute(
  changes: readonly { readonly address: Address; readonly what: ChangeRecord['what'] }[],
  trail: Trail,
  catalogue: Catalogue,
  bindings: Bindings,
  snapshot: Snapshot,
): readonly ChangeRecord[] {
  const byObject = new Map<string, AuditRecord[]>()
  for (const record of trail.records) {
    for (const key of [
      record.id === undefined ? undefined : `${record.kind} #${record.id}`,
      record.name === undefined ? undefined : `${record.kind} ${record.name}`,
    ]) {
      if (key === undefined) continue
      const known = byObject.get(key)
      if (known === undefined) byObject.set(key, [record])
      else known.push(record)
    }
  }
  return changes.map(({ address, what }) => {
    const records = recordsOf(address)
    if (records.length === 0) return { address, what, by: 'unknown' }
    const accounts = [...new Set(records.flatMap(({ by }) => by ?? []))].sort()
    const latest = new Date(records.reduce((last, { at }) => Math.max(last, at.getTime()), 0))
    return {
      address,
      what,
      by: accounts.length === 0 ? 'unknown' : accounts,
      at: latest.toISOString(),
      records: [...new Set(records.map(({ record }) => record))].sort(),
    }
  })

  function recordsOf(address: Address): readonly AuditRecord[] {
    const type = catalogue.type(typeOf(address))
    if (type === undefined) return []
    const id = bindings.idOf(address) ?? bindings.buried(address)
    const spec = snapshot.get(address)?.spec as Draft | undefined
    const [label] = spec === undefined || type.label === undefined ? [] : select(spec, type.label)
    const own = (type.audited ?? []).flatMap((kind) => [
      ...(byObject.get(`${kind} #${id}`) ?? []),
      ...(label === undefined ? [] : (byObject.get(`${kind} ${String(label.value)}`) ?? [])),
    ])
    if (own.length > 0) return own
    const parent = parentTypeOf(type)
    return parent === undefined ? [] : recordsOf(`${parent}/${parentSlugOf(address)}` as Address)
  }
}
