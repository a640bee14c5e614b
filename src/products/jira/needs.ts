import { isObject, type Json } from '../../model/json.ts'
import type { Lack, Need } from '../../model/need.ts'
import type { Licence } from '../../model/product.ts'
import { type JiraSite, statusOf } from './site.ts'
import { type Rule, rulesOf } from './workflow-rules.ts'

// https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/ (account ids: 24 hexadecimal digits, or a number and a UUID)
const accountId = /^(?:[0-9]{1,7}:[0-9a-f-]{36}|[0-9a-f]{24})$/
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/ (rules of Forge apps are named by the ARI of their module)
const forgeModule = /^ari:cloud:ecosystem::extension\/([0-9a-f-]{36})\//

/** The people whom a document names, wherever it does: an account id is long and random, so that nothing else is taken for one. */
export function accountsIn(spec: Json): readonly Need[] {
  const found = new Set<string>()
  const look = (value: Json): void => {
    if (typeof value === 'string') for (const piece of value.split(',')) if (accountId.test(piece.trim())) found.add(piece.trim())
    if (Array.isArray(value)) for (const member of value) look(member)
    else if (isObject(value)) for (const member of Object.values(value)) look(member)
  }
  look(spec)
  return [...found].map((id) => ({ kind: 'account', id }))
}

/** The apps whose rules a workflow holds, and the people and groups that its rules name. */
export function needsOfWorkflow(spec: Json): readonly Need[] {
  const { transitions } = spec as unknown as { readonly transitions: readonly Parameters<typeof rulesOf>[0][] }
  const rules = transitions.flatMap((transition) => [...rulesOf(transition)])
  const groups = rules.flatMap(({ parameters }) => textAt(parameters, 'groupIds').split(','))
  return [
    ...rules.flatMap((rule) => appOf(rule) ?? []),
    ...accountsIn(spec),
    ...groups.flatMap((id): Need[] => (id === '' ? [] : [{ kind: 'group', id }])),
  ]
}

function appOf({ ruleKey, parameters }: Rule): Need | undefined {
  if (ruleKey.startsWith('connect:')) {
    const module = textAt(parameters, 'appKey')
    const id = module.split('__')[0] ?? ''
    // The Marketplace leads from this address to the page of the app with that key.
    return id === '' ? undefined : { kind: 'app', id, module, link: `https://marketplace.atlassian.com/plugins/${encodeURIComponent(id)}` }
  }
  const module = textAt(parameters, 'key')
  const id = ruleKey.startsWith('forge:') ? forgeModule.exec(module)?.[1] : undefined
  return id === undefined ? undefined : { kind: 'app', id, module }
}

function textAt(parameters: Rule['parameters'], name: string): string {
  const value = parameters?.[name]
  return typeof value === 'string' ? value : ''
}

/** What of this the site has not. Groups cannot be told yet: their ids are another site's. */
export async function lacksOf(site: JiraSite, needs: readonly Need[]): Promise<readonly Lack[]> {
  const modules = needs.some(({ kind }) => kind === 'app') ? await modulesOf(site) : undefined
  const lacks = await Array.fromAsync(site.each(needs, (need) => lackOf(site, need, modules)))
  return lacks.flatMap((lack) => lack ?? [])
}

async function lackOf(site: JiraSite, need: Need, modules: ReadonlySet<string> | undefined): Promise<Lack | undefined> {
  if (need.kind === 'group') return { need, state: 'unknown' }
  if (need.kind === 'app') {
    if (modules === undefined) return { need, state: 'unknown' }
    return modules.has(need.module) ? undefined : { need, state: 'absent' }
  }
  const found = await site.find<{ readonly active?: boolean }>('/rest/api/3/user', { query: { accountId: need.id } })
  if (found === undefined) return { need, state: 'absent' }
  return found.active === false ? { need, state: 'inactive' } : undefined
}

interface Capabilities {
  readonly connectRules?: readonly { readonly addonKey?: string; readonly moduleKey?: string }[]
  readonly forgeRules?: readonly { readonly id?: string }[]
}

/** Modules of apps whose rules the site knows, as rules name them; asked of any workflow, since there is no other place to ask. */
async function modulesOf(site: JiraSite): Promise<ReadonlySet<string> | undefined> {
  for await (const { id } of site.pages<{ readonly id: string }>('/rest/api/3/workflows/search', {
    size: 50,
    query: { scope: 'GLOBAL' },
  })) {
    const query = { workflowId: id }
    const { connectRules = [], forgeRules = [] } = await site.get<Capabilities>('/rest/api/3/workflows/capabilities', { query })
    return new Set([
      ...connectRules.map(({ addonKey, moduleKey }) => `${addonKey}__${moduleKey}`),
      ...forgeRules.flatMap(({ id: ari }) => ari ?? []),
    ])
  }
  return undefined
}

/** What the site is licensed for: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-instance-information/ */
export async function licencesOf(site: JiraSite): Promise<readonly Licence[]> {
  try {
    const { applications } = await site.get<{ readonly applications: readonly { readonly id: string; readonly plan: string }[] }>(
      '/rest/api/3/instance/license',
    )
    return applications.map(({ id, plan }) => ({ application: id, plan }))
  } catch (error) {
    if (statusOf(error) === undefined) throw error
    return []
  }
}
