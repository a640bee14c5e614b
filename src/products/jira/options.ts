import { chunksOf } from './order.ts'
import type { JiraSite } from './site.ts'

export interface Option {
  readonly id: string
  readonly value: string
  readonly disabled?: boolean
  /** The parent's id, of an option on the second level of a cascading field. */
  readonly optionId?: string
}

const inContext = '/rest/api/3/field/{fieldId}/context/{contextId}/option'
/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/ */
const most = 1000

/**
 * Makes the options of a context become `wanted`, in that order. Members whose id is not among `live` are new; answers the id each of them got, by
 * what stood in place of it. Children go before their parents and come after them; values that move from one option to another are freed first.
 */
export async function writeOptions(
  site: JiraSite,
  params: { readonly fieldId: string; readonly contextId: string },
  wanted: readonly Option[],
  live: readonly Option[],
): Promise<ReadonlyMap<string, string>> {
  const living = new Map(live.map((option) => [option.id, option]))
  const kept = new Set(wanted.map(({ id }) => id))
  const gone = live.filter(({ id }) => !kept.has(id)).sort((a, b) => Number(a.optionId === undefined) - Number(b.optionId === undefined))
  for (const { id } of gone) await site.delete(`${inContext}/{optionId}`, { params: { ...params, optionId: id } })

  const changed = wanted.filter((option) => {
    const before = living.get(option.id)
    return before !== undefined && (before.value !== option.value || (before.disabled ?? false) !== (option.disabled ?? false))
  })
  for (const chunk of chunksOf(changed, most)) {
    const options = chunk.map(({ id, value, disabled = false }) => ({ id, value, disabled }))
    await site.put(inContext, { params, body: { options } })
  }

  const made = new Map<string, string>()
  const fresh = wanted.filter(({ id }) => !living.has(id))
  for (const level of [fresh.filter((option) => option.optionId === undefined), fresh.filter((option) => option.optionId !== undefined)]) {
    for (const chunk of chunksOf(level, most)) {
      const options = chunk.map(({ value, disabled = false, optionId }) => ({
        value,
        disabled,
        ...(optionId === undefined ? {} : { optionId: made.get(optionId) ?? optionId }),
      }))
      const answer = await site.post<{ options: readonly Option[] }>(inContext, { params, body: { options } })
      for (const [index, { id }] of chunk.entries()) made.set(id, (answer.options[index] as Option).id)
    }
  }
  await putInOrder(site, params, wanted, live, made)
  return made
}

async function putInOrder(
  site: JiraSite,
  params: { readonly fieldId: string; readonly contextId: string },
  wanted: readonly Option[],
  live: readonly Option[],
  made: ReadonlyMap<string, string>,
): Promise<void> {
  const idOf = (id: string) => made.get(id) ?? id
  const kept = new Set(wanted.map(({ id }) => id))
  const siblings = Map.groupBy(wanted, ({ optionId }) => optionId)
  const before = Map.groupBy(
    live.filter(({ id }) => kept.has(id)),
    ({ optionId }) => optionId,
  )
  for (const [parent, family] of siblings) {
    const order = family.map(({ id }) => idOf(id))
    const old = new Set((before.get(parent) ?? []).map(({ id }) => id))
    // New options stand behind the old ones, in the order in which they were sent.
    const present = [...old, ...order.filter((id) => !old.has(id))]
    if (order.every((id, index) => id === present[index])) continue
    let after: string | undefined
    for (const chunk of chunksOf(order, most)) {
      const place = after === undefined ? { position: 'First' } : { after }
      await site.put(`${inContext}/move`, { params, body: { customFieldOptionIds: chunk, ...place } })
      after = chunk.at(-1)
    }
  }
}
