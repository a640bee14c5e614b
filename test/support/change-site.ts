import fc from 'fast-check'
import { type JiraSite, statusOf } from '../../src/products/jira/site.ts'
import { at } from './fill-site.ts'
import { orX } from './names.ts'
import { text } from './random-site.ts'

const api = '/rest/api/3'
const jirasContext = `${api}/field/{fieldId}/context`
const tabsPath = `${api}/screens/{screenId}/tabs`

type Named = { readonly id: string; readonly name: string; readonly description?: string }

export interface ChangeSketch {
  readonly kind: keyof typeof changes
  /** Places, in the lists of what there is, of what is changed and of what it is given. */
  readonly of: number
  readonly part: number
  readonly to: number
  readonly text: string
}

/**
 * Makes one drawn change through Jira's API, as an administrator might. Nothing is added that only a deletion could take away. Nothing happens where the
 * site holds nothing of the kind.
 */
export async function changeSite(admin: JiraSite, drawn: ChangeSketch): Promise<void> {
  await changes[drawn.kind](admin, drawn)
}

type Change = (admin: JiraSite, drawn: ChangeSketch) => Promise<void>

const changes = {
  async status(admin, { of, text: description }) {
    const found = at(await all<Named & { statusCategory: string }>(admin, `${api}/statuses/search`, 200), of)
    if (found === undefined) return
    await admin.put(`${api}/statuses`, { body: { statuses: [{ ...found, name: changed(found.name, 60), description }] } })
  },
  async issueType(admin, { of, text: description }) {
    const found = at(await admin.get<readonly Named[]>(`${api}/issuetype`), of)
    if (found === undefined) return
    await admin.put(`${api}/issuetype/{id}`, { params: { id: found.id }, body: { name: changed(found.name, 60), description } })
  },
  async statusRemoved(admin, { of }) {
    const found = at(await all<Named>(admin, `${api}/statuses/search`, 200), of)
    // A status of a workflow stays; what rules name goes.
    if (found !== undefined) await unlessRefused(admin.delete(`${api}/statuses`, { query: { id: found.id } }))
  },
  async issueTypeRemoved(admin, { of }) {
    const types = await admin.get<readonly (Named & { hierarchyLevel: number })[]>(`${api}/issuetype`)
    // Others no API makes anew.
    const found = at(
      types.filter(({ hierarchyLevel }) => hierarchyLevel <= 0),
      of,
    )
    if (found !== undefined) await admin.delete(`${api}/issuetype/{id}`, { params: { id: found.id } })
  },
  /** One transition goes or loses its name and rules, or a status goes with all that lead to it or from it. */
  async workflow(admin, { of, part, to, text: description }) {
    const found = at(await workflows(admin), of)
    if (found === undefined) return
    const read = await admin.ask<ReadWorkflows>(`${api}/workflows`, { workflowIds: [found.id] })
    const [{ version, statuses, transitions, ...one }] = read.workflows
    const transition = at(
      transitions.filter(({ type }) => type !== 'INITIAL'),
      part,
    )
    const status = at(statuses, part)?.statusReference
    const touches = ({ toStatusReference, links = [] }: ReadTransition) =>
      toStatusReference === status || links.some(({ fromStatusReference }) => fromStatusReference === status)
    const left = [
      transitions.filter((other) => other !== transition),
      transitions.map((other) => (other === transition ? bare(other) : other)),
      transitions.filter((other) => !touches(other)),
    ][to % 3]
    const gone = to % 3 === 2 ? status : undefined
    const workflow = {
      id: found.id,
      version,
      startPointLayout: one.startPointLayout,
      loopedTransitionContainerLayout: one.loopedTransitionContainerLayout,
      description: orX(description, 1000, ''),
      transitions: left,
      statuses: statuses.filter(({ statusReference }) => statusReference !== gone).map(({ deprecated: _told, ...rest }) => rest),
    }
    const sent = read.statuses.map(({ scope: _site, ...rest }) => rest)
    // Where a status would not be reached any more, Jira refuses.
    await unlessRefused(admin.post(`${api}/workflows/update`, { body: { statuses: sent, workflows: [workflow] } }))
  },
  async workflowRemoved(admin, { of }) {
    const found = at(await workflows(admin), of)
    if (found !== undefined) await unlessRefused(admin.delete(`${api}/workflow/{id}`, { params: { id: found.id } }))
  },
  async field(admin, { of, text: name }) {
    const id = at(await customFields(admin), of)
    if (id !== undefined) await admin.put(`${api}/field/{id}`, { params: { id }, body: { name: orX(name, 255), description: 'Changed' } })
  },
  async context(admin, drawn) {
    const found = await aContext(admin, drawn)
    if (found === undefined) return
    const body = { name: orX(drawn.text, 255), description: drawn.text }
    await admin.put(`${jirasContext}/{contextId}`, { params: found, body })
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
  async tabs(admin, { of, part, to }) {
    const { screenId, tabs } = await aScreen(admin, of)
    const [one, other] = [at(tabs, part), at(tabs, to)]
    if (screenId === undefined || one === undefined || other === undefined) return
    const rename = (tabId: number, name: string) => admin.put(`${tabsPath}/{tabId}`, { params: { screenId, tabId }, body: { name } })
    await rename(one.id, 'For a moment')
    if (one.id === other.id) return
    await rename(other.id, one.name)
    await rename(one.id, other.name)
    await admin.post(`${tabsPath}/{tabId}/move/{pos}`, { params: { screenId, tabId: one.id, pos: tabs.indexOf(other) } })
  },
  async tabRemoved(admin, { of, part }) {
    const { screenId, tabs } = await aScreen(admin, of)
    const tab = at(tabs, part)
    if (screenId !== undefined && tab !== undefined && tabs.length > 1) {
      await admin.delete(`${tabsPath}/{tabId}`, { params: { screenId, tabId: tab.id } })
    }
  },
  /** A field goes from one tab to another, or stands elsewhere on its own. */
  async fieldMoved(admin, { of, part, to, text: where }) {
    const { screenId, tabs } = await aScreen(admin, of)
    const [from, target] = [at(tabs, part), at(tabs, to)]
    if (screenId === undefined || from === undefined || target === undefined) return
    const path = `${tabsPath}/{tabId}/fields` as const
    const fields = await admin.get<readonly Named[]>(path, { params: { screenId, tabId: from.id } })
    const id = at(fields, where.length)?.id
    if (id === undefined) return
    if (from.id === target.id) {
      await admin.post(`${path}/{id}/move`, { params: { screenId, tabId: from.id, id }, body: { position: 'First' } })
      return
    }
    await admin.delete(`${path}/{id}`, { params: { screenId, tabId: from.id, id } })
    await admin.post(path, { params: { screenId, tabId: target.id }, body: { fieldId: id } })
  },
  async screenRemoved(admin, { of }) {
    const { screenId } = await aScreen(admin, of)
    // Where a workflow shows it, Jira refuses.
    if (screenId !== undefined) await unlessRefused(admin.delete(`${api}/screens/{screenId}`, { params: { screenId } }))
  },
  async scheme(admin, { of, to, text: description }) {
    const found = at(await all<{ id: number; name: string }>(admin, `${api}/workflowscheme`, 50), of)
    if (found === undefined) return
    const names = ['jira', ...(await workflows(admin)).map(({ name }) => name)]
    const [type] = await admin.get<readonly Named[]>(`${api}/issuetype`)
    const body = {
      name: changed(found.name, 255),
      description,
      defaultWorkflow: at(names, to),
      issueTypeMappings: { [type?.id ?? '']: 'jira' },
    }
    // Jira takes a scheme in use to its draft.
    await unlessRefused(admin.put(`${api}/workflowscheme/{id}`, { params: { id: found.id }, body }))
  },
  async schemeRemoved(admin, { of }) {
    const found = at(await all<{ id: number }>(admin, `${api}/workflowscheme`, 50), of)
    if (found !== undefined) await unlessRefused(admin.delete(`${api}/workflowscheme/{id}`, { params: { id: found.id } }))
  },
  async project(admin, { of, to, text: description }) {
    const found = at(await projects(admin), of)
    if (found === undefined) return
    const body = { name: changed(found.name, 80), description, assigneeType: 'PROJECT_LEAD', url: 'https://example.com/changed' }
    await admin.put(`${api}/project/{id}`, { params: { id: found.id }, body })
    const schemes = await all<{ id: number }>(admin, `${api}/workflowscheme`, 50)
    const workflowSchemeId = at([null, ...schemes.map(({ id }) => String(id))], to)
    await admin.put(`${api}/workflowscheme/project`, { body: { projectId: found.id, workflowSchemeId } })
  },
  async component(admin, { of, part, to, text: name }) {
    const found = at(await projects(admin), of)
    if (found === undefined) return
    const components = await admin.get<readonly Named[]>(`${api}/project/{id}/components`, { params: { id: found.id } })
    const [one, other] = [at(components, part), at(components, to)]
    if (one === undefined || other === undefined) return
    const path = `${api}/component/{id}`
    if (one.id === other.id) await admin.delete(path, { params: { id: one.id } })
    else {
      const rename = (id: string, called: string) =>
        admin.put(path, { params: { id }, body: { name: called, description: orX(name, 255, '') } })
      await rename(one.id, 'For a moment')
      await rename(other.id, one.name)
      await rename(one.id, other.name)
    }
  },
  async version(admin, { of, part, to, text: description }) {
    const found = at(await projects(admin), of)
    if (found === undefined) return
    const versions = await admin.get<readonly Named[]>(`${api}/project/{id}/versions`, { params: { id: found.id } })
    const [one, other] = [at(versions, part), at(versions, to)]
    if (one === undefined || other === undefined) return
    const path = `${api}/version/{id}`
    const change = (id: string, body: object) => admin.put(path, { params: { id }, body })
    if (one.id === other.id) {
      await change(one.id, { description, archived: true, released: true, releaseDate: '2031-01-31' })
      return
    }
    await change(one.id, { name: 'For a moment' })
    await change(other.id, { name: one.name })
    await change(one.id, { name: other.name })
    await admin.post(`${path}/move`, { params: { id: other.id }, body: { position: 'Last' } })
  },
  async versionRemoved(admin, { of, part }) {
    const found = at(await projects(admin), of)
    if (found === undefined) return
    const version = at(await admin.get<readonly Named[]>(`${api}/project/{id}/versions`, { params: { id: found.id } }), part)
    if (version !== undefined) await admin.post(`${api}/version/{id}/removeAndSwap`, { params: { id: version.id }, body: {} })
  },
} satisfies Readonly<Record<string, Change>>

const place = fc.nat(30)

/** A random change of a random site. */
export const change: fc.Arbitrary<ChangeSketch> = fc.record({
  kind: fc.constantFrom(...(Object.keys(changes) as (keyof typeof changes)[])),
  of: place,
  part: place,
  to: place,
  text,
})

function changed(name: string, longest: number): string {
  return `${orX(name, longest - 8)} changed`
}

async function all<Item>(admin: JiraSite, path: string, size: number): Promise<readonly Item[]> {
  return Array.fromAsync(admin.pages<Item>(path, { size }))
}

async function unlessRefused(writing: Promise<unknown>): Promise<void> {
  await writing.catch((error: unknown) => {
    if (statusOf(error) !== 400) throw error
  })
}

async function customFields(admin: JiraSite): Promise<readonly string[]> {
  const query = { type: 'custom', expand: 'isLocked' }
  const found = await Array.fromAsync(admin.pages<{ id: string; isLocked?: boolean }>(`${api}/field/search`, { size: 50, query }))
  return found.filter(({ isLocked }) => isLocked !== true).map(({ id }) => id)
}

async function aContext(admin: JiraSite, { of, part }: ChangeSketch, everywhere = true) {
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

type Option = { readonly id: string; readonly value: string; readonly disabled?: boolean; readonly optionId?: string }

/** The options of a context; none where its field holds none. */
async function someOptions(admin: JiraSite, drawn: ChangeSketch) {
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

async function aScreen(admin: JiraSite, of: number) {
  const screenId = at(await all<{ id: number }>(admin, `${api}/screens`, 100), of)?.id
  const tabs = screenId === undefined ? [] : await admin.get<readonly { id: number; name: string }[]>(tabsPath, { params: { screenId } })
  return { screenId, tabs }
}

/** All but Jira's own, which nobody can change. */
async function workflows(admin: JiraSite): Promise<readonly Named[]> {
  const listing = { size: 50, query: { scope: 'GLOBAL' } }
  return (await Array.fromAsync(admin.pages<Named>(`${api}/workflows/search`, listing))).filter(({ name }) => name !== 'jira')
}

function bare({ conditions: _none, ...transition }: ReadTransition): ReadTransition {
  const nothing = { validators: [], actions: [], triggers: [], properties: {} }
  return { ...transition, name: 'Changed', ...nothing } as ReadTransition
}

interface ReadTransition {
  readonly id: string
  readonly type: string
  readonly toStatusReference?: string
  readonly links?: readonly { readonly fromStatusReference: string }[]
  readonly conditions?: object
}

interface ReadWorkflows {
  readonly statuses: readonly { readonly scope?: object }[]
  readonly workflows: readonly [
    {
      readonly version: object
      readonly startPointLayout?: object
      readonly loopedTransitionContainerLayout?: object
      readonly statuses: readonly { readonly statusReference: string; readonly deprecated?: boolean }[]
      readonly transitions: readonly ReadTransition[]
    },
  ]
}

/** Spaces that are not archived: those take no change. */
async function projects(admin: JiraSite): Promise<readonly Named[]> {
  return Array.fromAsync(admin.pages<Named>(`${api}/project/search`, { size: 100, query: { status: ['live'] } }))
}
