import { type JiraSite, statusOf } from '../../src/products/jira/site.ts'
import { api, type Change, changed, type Drawn, unlessRefused } from './change-kit.ts'
import { at } from './fill-site.ts'
import { orX } from './names.ts'

const jirasContext = `${api}/field/{fieldId}/context`

type Option = { readonly id: string; readonly value: string; readonly disabled?: boolean; readonly optionId?: string }

export const fieldChanges = {
  async field(admin, { of, text: name }) {
    const id = at(await customFields(admin), of)
    if (id !== undefined) await admin.put(`${api}/field/{id}`, { params: { id }, body: { name: orX(name, 255), description: 'Changed' } })
  },
  async context(admin, drawn) {
    const found = await aContext(admin, drawn)
    if (found === undefined) return
    const body = { name: orX(drawn.text, 255), description: orX(drawn.text, 255, '') }
    // Another context of the field may have the name.
    await unlessRefused(admin.put(`${jirasContext}/{contextId}`, { params: found, body }))
  },
  /** Another spelling and use of an option, and all of its family in reverse. */
  async option(admin, drawn) {
    const { place, options } = await someOptions(admin, drawn)
    const option = at(options, drawn.to)
    if (place === undefined || option === undefined) return
    const path = `${jirasContext}/{contextId}/option` as const
    const body = { options: [{ id: option.id, value: changed(option.value, 255), disabled: option.disabled !== true }] }
    await admin.put(path, { params: place, body })
    const family = options.filter(({ optionId }) => optionId === option.optionId).map(({ id }) => id)
    await admin.put(`${path}/move`, { params: place, body: { customFieldOptionIds: family.toReversed(), position: 'First' } })
  },
  /** Two options exchange their values. */
  async optionsSwapped(admin, drawn) {
    const { place, options } = await someOptions(admin, drawn)
    const one = at(options, drawn.to)
    const other = options.find(({ id, optionId }) => id !== one?.id && optionId === one?.optionId)
    if (place === undefined || one === undefined || other === undefined) return
    const body = {
      options: [
        { id: one.id, value: other.value },
        { id: other.id, value: one.value },
      ],
    }
    await admin.put(`${jirasContext}/{contextId}/option`, { params: place, body })
  },
  async optionRemoved(admin, drawn) {
    const { place, options } = await someOptions(admin, drawn)
    const option = at(
      options.filter(({ id }) => !options.some(({ optionId }) => optionId === id)),
      drawn.to,
    )
    if (place === undefined || option === undefined) return
    await admin.delete(`${jirasContext}/{contextId}/option/{optionId}`, { params: { ...place, optionId: option.id } })
  },
  async contextRemoved(admin, drawn) {
    const found = await aContext(admin, drawn, false)
    if (found !== undefined) await admin.delete(`${jirasContext}/{contextId}`, { params: found })
  },
} satisfies Readonly<Record<string, Change>>

async function customFields(admin: JiraSite): Promise<readonly string[]> {
  const query = { type: 'custom', expand: 'isLocked' }
  const found = await Array.fromAsync(admin.pages<{ id: string; isLocked?: boolean }>(`${api}/field/search`, { size: 50, query }))
  return found.filter(({ isLocked }) => isLocked !== true).map(({ id }) => id)
}

async function aContext(admin: JiraSite, { of, part }: Drawn, everywhere = true) {
  const fieldId = at(await customFields(admin), of)
  if (fieldId === undefined) return undefined
  const listing = { size: 50, params: { fieldId } }
  const found = await Array.fromAsync(admin.pages<{ id: string; isGlobalContext: boolean }>(jirasContext, listing))
  const contextId = at(
    found.filter(({ isGlobalContext }) => everywhere || !isGlobalContext),
    part,
  )?.id
  return contextId === undefined ? undefined : { fieldId, contextId }
}

/** The options of a context; none where its field holds none. */
async function someOptions(admin: JiraSite, drawn: Drawn) {
  const place = await aContext(admin, drawn)
  if (place === undefined) return { place, options: [] }
  const listing = { size: 100, params: place }
  try {
    return { place, options: await Array.fromAsync(admin.pages<Option>(`${jirasContext}/{contextId}/option`, listing)) }
  } catch (error) {
    if (statusOf(error) !== 400) throw error
    return { place, options: [] }
  }
}
