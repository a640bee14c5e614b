import type { JiraSite } from '../../src/products/jira/site.ts'
import { all, api, type Change, changed, type Named, unlessRefused } from './change-kit.ts'
import { at } from './fill-site.ts'
import { orX } from './names.ts'

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

export const workflowChanges = {
  async status(admin, { of, text: description }) {
    const found = at(await all<Named & { statusCategory: string }>(admin, `${api}/statuses/search`, 200), of)
    if (found === undefined) return
    await admin.put(`${api}/statuses`, { body: { statuses: [{ ...found, name: changed(found.name, 60), description }] } })
  },
  async statusRemoved(admin, { of }) {
    const found = at(await all<Named>(admin, `${api}/statuses/search`, 200), of)
    // A status of a workflow stays; what rules name goes.
    if (found !== undefined) await unlessRefused(admin.delete(`${api}/statuses`, { query: { id: found.id } }))
  },
  async issueType(admin, { of, text: description }) {
    const found = at(await admin.get<readonly Named[]>(`${api}/issuetype`), of)
    if (found === undefined) return
    await admin.put(`${api}/issuetype/{id}`, { params: { id: found.id }, body: { name: changed(found.name, 60), description } })
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
} satisfies Readonly<Record<string, Change>>

/** All but Jira's own, which nobody can change. */
async function workflows(admin: JiraSite): Promise<readonly Named[]> {
  const listing = { size: 50, query: { scope: 'GLOBAL' } }
  return (await Array.fromAsync(admin.pages<Named>(`${api}/workflows/search`, listing))).filter(({ name }) => name !== 'jira')
}

function bare({ conditions: _none, ...transition }: ReadTransition): ReadTransition {
  const nothing = { validators: [], actions: [], triggers: [], properties: {} }
  return { ...transition, name: 'Changed', ...nothing } as ReadTransition
}
