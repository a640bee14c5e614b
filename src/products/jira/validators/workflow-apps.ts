import type { Address } from '../../../model/address.ts'
import type { Finding } from '../../../model/finding.ts'
import { printable } from '../../../model/printable.ts'
import type { Proposal } from '../../../model/resource-type.ts'
import type { JiraSite } from '../site.ts'
import type { Workflow } from '../types/workflow.ts'
import { type Rule, rulesOf } from '../workflow-rules.ts'
import { refusal, skipping } from './kit.ts'

interface Capabilities {
  readonly connectRules?: readonly { readonly addonKey: string; readonly moduleKey: string }[]
  readonly forgeRules?: readonly { readonly id: string }[]
}

/**
 * Rules of apps that the site does not have, one finding for each workflow and app.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-capabilities-get
 */
export async function* missingApps(
  site: JiraSite,
  written: readonly (Proposal<Workflow> & { readonly item: Workflow })[],
): AsyncGenerator<Finding> {
  const named = written.map(({ address, item }) => ({ address, keys: keysIn(item) })).filter(({ keys }) => keys.size > 0)
  if (named.length === 0) return
  const { connectRules = [], forgeRules = [] } = await capabilitiesOf(site, written)
  const there = new Set([...connectRules.map(({ addonKey, moduleKey }) => `${addonKey}__${moduleKey}`), ...forgeRules.map(({ id }) => id)])
  const apps = new Set([...there].map(appOf))
  for (const { address, keys } of named) {
    const missing = new Set([...keys].filter((key) => !there.has(key)).map(appOf))
    for (const app of missing) yield missingApp(address, app, apps.has(app))
  }
}

/** The app that a rule's key names: of a Connect app its key, of a Forge app its id. */
function appOf(key: string): string {
  const forge = /^ari:cloud:ecosystem::extension\/([^/]+)/.exec(key)
  return forge?.[1] ?? key.split('__')[0] ?? key
}

function keysIn({ transitions }: Workflow): ReadonlySet<string> {
  return new Set(transitions.flatMap((transition) => [...rulesOf(transition)].flatMap((rule) => keyOf(rule) ?? [])))
}

function keyOf({ ruleKey, parameters = {} }: Rule): string | undefined {
  if (ruleKey.startsWith('connect:')) return String(parameters['appKey'] ?? '')
  return ruleKey.startsWith('forge:') ? String(parameters['key'] ?? '') : undefined
}

/** They are the same for every workflow of the whole site, but have to be asked of one. */
async function capabilitiesOf(site: JiraSite, written: readonly Proposal<Workflow>[]): Promise<Capabilities> {
  const known = written.find(({ id }) => id !== undefined)?.id
  const query = { scope: 'GLOBAL', maxResults: 1 }
  const any = known ?? (await site.get<{ values?: readonly { id: string }[] }>('/rest/api/3/workflows/search', { query })).values?.[0]?.id
  return any === undefined ? {} : site.get<Capabilities>('/rest/api/3/workflows/capabilities', { query: { workflowId: any } })
}

function missingApp(address: Address, app: string, isThere: boolean): Finding {
  const name = printable(app, 120)
  return refusal(
    'PRODUCT_APP_MISSING',
    isThere
      ? `${address} has rules of the app ${name}, which is installed here but does not offer them (another version or environment of it).`
      : `${address} has rules of the app ${name}, which is not installed on this site.`,
    {
      address,
      cure: `${isThere ? 'Bring the app to the version that has them' : `Install the app ${name}`} and plan again; or leave the workflow out: ${skipping(address)}.`,
    },
  )
}
