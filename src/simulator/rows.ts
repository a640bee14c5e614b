/** The verbs that every family has: what bodies are checked for, what deletes are refused, what the audit log says. */
import { bodyOf, created, noContent, ok, refuse } from './answers.ts'
import type { AuditChange } from './audit.ts'
import { accepted } from './checks.ts'
import type { Answer, AnyFamily, Call, Family, Operation, Shown } from './kit.ts'
import type { Row, SiteState } from './state.ts'

/** A row as answers hold it: as it was recorded, where it was, else as its family shows it. */
export function shown<T extends Row>(site: SiteState, family: Family<T>, row: T, call?: Call, view?: string): object {
  const recorded = site.recorded.get(view === undefined ? family.name : `${family.name}/${view}`)?.get(row.id)
  if (recorded !== undefined) return recorded
  return (view === undefined ? family.show : (family.views?.[view] ?? family.show))(row, site, call)
}

/** The row that a path names; 404 in the family's words when there is none. */
export function rowOf<T extends Row>(site: SiteState, family: Family<T>, id: string): T {
  const row = site.store(family).get(id)
  if (row === undefined) throw refuse(404, family.missing(id))
  return row
}

/** Checks a body, stores the row, writes the audit record. Throws a refusal as Jira would. */
export function createRow<T extends Row>(call: Call, family: Family<T>, body: unknown): T {
  const values = accepted(family, bodyOf(body), 'create')
  const completed = family.completes?.(values, call) ?? {}
  const draft = { ...values, ...completed, id: '' } as unknown as T
  checkUnique(call.site, family, draft)
  const { id: _none, ...rest } = draft
  const row = call.site.store(family).add({ ...rest, ...('id' in completed ? { id: completed.id } : {}) } as Omit<T, 'id'>)
  record(call, family, row, 'created', changesOf(undefined, row))
  family.created?.(row, call)
  return row
}

/** Checks a body and changes the row by it. Properties that the body does not hold stay. */
export function updateRow<T extends Row>(call: Call, family: Family<T>, row: T, body: unknown): T {
  const patch = accepted(family, bodyOf(body), 'update')
  return changeRow(call, family, row, { ...patch, ...family.changes?.(row, patch, call) } as Partial<T>)
}

/** Changes a row as a checked endpoint asks: uniqueness, audit record, and what was recorded of it. */
export function changeRow<T extends Row>(call: Call, family: Family<T>, row: T, patch: Partial<T>): T {
  checkUnique(call.site, family, { ...row, ...patch })
  const before = row
  const after = call.site.store(family).change(row.id, patch)
  for (const view of ['', ...Object.keys(family.views ?? {})]) refreshRecording(call.site, family, view, before, after)
  record(call, family, after, 'updated', changesOf(before, after))
  return after
}

/** Deletes a row: refused while another row that minds names it; the others let go of it. */
export function removeRow<T extends Row>(call: Call, family: Family<T>, row: T): void {
  refuseInUse(call.site, family, row.id)
  family.removes?.(row, call)
  forget(call.site, family, row.id)
  record(call, family, row, 'deleted', [])
}

/** Throws the refusal that deleting this row would meet. */
export function refuseInUse(site: SiteState, family: AnyFamily, id: string): void {
  for (const other of site.families) {
    for (const reference of other.references ?? []) {
      if (reference.to !== family.name || reference.refuses === undefined) continue
      const user = site
        .store<Row>(other.name)
        .all()
        .find((row) => includes(reference.ids(row), id))
      if (user !== undefined) throw refuse(reference.refuses.status, reference.refuses.message(id))
    }
  }
}

/** Takes a row out of the site and out of every row that names it, asking nobody. */
export function forget(site: SiteState, family: AnyFamily, id: string): void {
  site.store(family.name).remove(id)
  for (const other of site.families) {
    for (const reference of other.references ?? []) {
      if (reference.to !== family.name || reference.drops === undefined) continue
      const store = site.store<Row>(other.name)
      for (const row of [...store.all()]) {
        if (!includes(reference.ids(row), id)) continue
        const patch = reference.drops(row, id)
        if (patch === undefined) forget(site, other, row.id)
        else store.change(row.id, patch)
      }
    }
  }
}

function includes(ids: Iterable<string>, id: string): boolean {
  for (const each of ids) if (each === id) return true
  return false
}

function checkUnique<T extends Row>(site: SiteState, family: Family<T>, row: T): void {
  for (const [place, unique] of (family.unique ?? []).entries()) {
    if (site.store(family).clash(place, row) === undefined) continue
    const message = unique.message(String((row as unknown as Record<string, unknown>)['name'] ?? unique.by(row)))
    throw refuse(unique.status, unique.property === undefined ? message : { [unique.property]: message })
  }
}

/** Writes the audit record of a change that an endpoint made. */
export function record<T extends Row>(
  call: Call,
  family: Family<T>,
  row: T,
  done: 'created' | 'updated' | 'deleted' | string,
  changes: readonly AuditChange[],
): void {
  const { audit } = family
  if (audit === undefined) return
  const parent = audit.parent?.(row)
  call.site.audit.record({
    summary: `${audit.noun} ${done}`,
    category: audit.category,
    account: call.account,
    object: {
      id: audit.id?.(row) ?? row.id,
      name: audit.label(row, call.site),
      typeName: audit.typeName,
      ...(parent === undefined ? {} : { parentId: parent.id, parentName: parent.name }),
    },
    changes,
  })
}

function changesOf(before: object | undefined, after: object): AuditChange[] {
  const changes: AuditChange[] = []
  for (const [name, value] of Object.entries(after)) {
    const old = (before as Record<string, unknown> | undefined)?.[name]
    if (name === 'id' || value === undefined || JSON.stringify(old) === JSON.stringify(value)) continue
    const fieldName = name[0]?.toUpperCase() + name.slice(1)
    changes.push({ fieldName, ...(old === undefined ? {} : { changedFrom: textOf(old) }), changedTo: textOf(value) })
  }
  return changes
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function refreshRecording<T extends Row>(site: SiteState, family: Family<T>, view: string, before: T, after: T): void {
  const recordings = site.recorded.get(view === '' ? family.name : `${family.name}/${view}`)
  const recorded = recordings?.get(after.id)
  if (recordings === undefined || recorded === undefined) return
  const show = view === '' ? family.show : (family.views?.[view] ?? family.show)
  const old = show(before, site) as Record<string, unknown>
  const fresh = show(after, site) as Record<string, unknown>
  const changed = Object.entries(fresh).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]))
  recordings.set(after.id, { ...recorded, ...Object.fromEntries(changed) })
}

/** The endpoints that a family's `routes` describe, and its own operations after them. */
export function operationsOf<T extends Row>(family: Family<T>): Operation[] {
  const { list, get, create, update, remove } = family.routes ?? {}
  const operations: Operation[] = []
  const optional = (route: { readonly needs?: Operation['needs']; readonly forbidden?: number }): Partial<Operation> => ({
    ...(route.needs === undefined ? {} : { needs: route.needs }),
    ...(route.forbidden === undefined ? {} : { forbidden: route.forbidden }),
  })
  const target = (call: Call): T => rowOf(call.site, family, Object.values(call.params)[0] ?? '')
  if (list !== undefined) {
    const { paging } = list
    operations.push({
      method: 'GET',
      path: list.path,
      ...optional(list),
      handle: (call) => paging(call, listed(call, family), (row) => shown(call.site, family, row, call)),
    })
  }
  if (get !== undefined) {
    operations.push({
      method: 'GET',
      path: get.path,
      ...optional(get),
      handle: (call) => ok(shown(call.site, family, target(call), call)),
    })
  }
  if (create !== undefined) {
    operations.push({
      method: 'POST',
      path: create.path,
      ...optional(create),
      handle: (call) => answerOf(call, family, createRow(call, family, call.body), create.answer ?? 'row', create.status ?? 201),
    })
  }
  if (update !== undefined) {
    operations.push({
      method: 'PUT',
      path: update.path,
      ...optional(update),
      handle: (call) =>
        answerOf(call, family, updateRow(call, family, target(call), call.body), update.answer ?? 'row', update.status ?? 200),
    })
  }
  if (remove !== undefined) {
    operations.push({
      method: 'DELETE',
      path: remove.path,
      ...optional(remove),
      handle: (call) => {
        removeRow(call, family, target(call))
        return noContent()
      },
    })
  }
  return [...operations, ...(family.operations ?? [])]
}

/** The rows that a question's filters and order ask for. */
export function listed<T extends Row>(call: Call, family: Family<T>): readonly T[] {
  const { filters = {}, orders = {} } = family.routes?.list ?? {}
  let rows = call.site.store(family).all()
  for (const [name, holds] of Object.entries(filters)) {
    if (!call.query.has(name)) continue
    const values = call.query.getAll(name)
    rows = rows.filter((row) => holds(row, values, call))
  }
  const orderBy = call.query.get('orderBy')
  if (orderBy === null || orderBy === '') return rows
  const order = orders[orderBy.replace(/^[-+ ]/, '')]
  if (order === undefined) throw refuse(400, `The list cannot be ordered by '${orderBy}'.`)
  const sorted = [...rows].sort(order)
  return orderBy.startsWith('-') ? sorted.reverse() : sorted
}

function answerOf<T extends Row>(call: Call, family: Family<T>, row: T, answer: Shown, status: number): Answer {
  if (answer === 'nothing') return { status, ...(status === 204 ? {} : { body: {} }) }
  if (answer === 'id') return { status, body: { id: family.numeric === true ? Number(row.id) : row.id } }
  const body = shown(call.site, family, row, call)
  return status === 201 ? created(body) : { status, body }
}
