import { httpError } from '../../lib/http-errors.ts'
import { type Code, TidemarkError } from '../../model/errors.ts'
import { type Finding, findingOf } from '../../model/finding.ts'
import type { SiteFacts } from '../../model/product.ts'
import { minutesFor, requestsNeeded } from './requests.ts'
import { type JiraSite, statusOf } from './site.ts'

interface Myself {
  readonly accountId: string
  readonly active: boolean
}

/** The site's address and its id, which no renaming changes. Throws `PRODUCT_NO_CLOUD_ID` where the address leads to no Jira site. */
export async function describeSite(site: JiraSite): Promise<SiteFacts> {
  const inUrl = /\/ex\/jira\/([0-9a-f-]{36})$/i.exec(site.url)?.[1]
  if (inUrl !== undefined) return { url: site.url, cloudId: inUrl }
  const found = await site.find<{ cloudId?: unknown }>('/_edge/tenant_info')
  if (typeof found?.cloudId === 'string' && found.cloudId !== '') return { url: site.url, cloudId: found.cloudId }
  throw new TidemarkError('PRODUCT_NO_CLOUD_ID', `${site.name}: no Jira Cloud site answers at its address.`, {
    cure: 'Check the site in tidemark.yaml: https://<site>.atlassian.net, without a path.',
  })
}

/**
 * What stands between us and a full reading: credentials, account, access, address, rights (3 requests). `/myself` comes before everything else,
 * since with a bad token much of Jira answers 200, to nobody in particular.
 */
export async function authorise(site: JiraSite): Promise<readonly Finding[]> {
  let me: Partial<Myself> | null
  try {
    me = await site.get<Partial<Myself> | null>('/rest/api/3/myself')
  } catch (error) {
    return [refused(error)]
  }
  if (typeof me?.accountId !== 'string') return [notUnderstood('/rest/api/3/myself')]
  if (me.active === false)
    return [finding('error', 'ACCESS_ACCOUNT_INACTIVE', 'The account is deactivated.', 'Activate it, or make a token of another account.')]
  try {
    await describeSite(site)
    return await rightsOf(site)
  } catch (error) {
    return [fromError(error)]
  }
}

/** `authorise`; then, of a site that may be read, what stays unseen and what a full reading costs. */
export async function checkSite(site: JiraSite): Promise<readonly Finding[]> {
  const errors = await authorise(site)
  if (errors.length > 0) return errors
  try {
    return [...(await unseen(site)), await price(site)]
  } catch (error) {
    return [fromError(error)]
  }
}

async function rightsOf(site: JiraSite): Promise<readonly Finding[]> {
  const query = { permissions: 'ADMINISTER' }
  const path = '/rest/api/3/mypermissions'
  const answer = await site.get<{ permissions?: Record<string, { havePermission: boolean }> } | null>(path, { query })
  const permission = answer?.permissions?.['ADMINISTER']
  if (permission === undefined) return [notUnderstood(path)]
  if (permission.havePermission === true) return []
  return [
    finding(
      'error',
      'ACCESS_NOT_ADMINISTRATOR',
      'The account does not have the global permission "Administer Jira".',
      'Add it to a group that has it, under Settings, System, Global permissions; without it listings are short and most settings hidden.',
    ),
  ]
}

/** What is not in the backup because this account or plan does not show it. */
async function unseen(site: JiraSite): Promise<readonly Finding[]> {
  try {
    await site.get('/rest/api/3/auditing/record', { query: { limit: 1 } })
    return []
  } catch (error) {
    if (statusOf(error) !== 403) throw error
    return [
      finding(
        'note',
        'ACCESS_NO_AUDIT_LOG',
        'The audit log is not readable: changes are recorded without who made them.',
        'It comes with a paid plan of any Jira product.',
      ),
    ]
  }
}

interface Total {
  readonly total?: number
}

/** The requests and minutes of a first reading, from the totals of the lists (7 requests). */
async function price(site: JiraSite): Promise<Finding> {
  const total = async (path: string, query: Readonly<Record<string, string | readonly string[]>> = {}) =>
    (await site.get<Total>(path, { query: { ...query, maxResults: 1 } })).total ?? 0
  const [statuses, fields, screens, workflows, workflowSchemes, projects] = await Promise.all([
    total('/rest/api/3/statuses/search'),
    total('/rest/api/3/field/search', { type: 'custom' }),
    total('/rest/api/3/screens'),
    total('/rest/api/3/workflows/search'),
    total('/rest/api/3/workflowscheme'),
    total('/rest/api/3/project/search', { status: ['live', 'archived'] }),
  ])
  // What no total tells is taken from what sites of a thousand objects look like.
  const counts = {
    statuses,
    fields,
    contexts: Math.ceil(fields * 1.2),
    contextsWithOptions: Math.ceil(fields * 0.5),
    screens,
    tabs: Math.ceil(screens * 1.2),
  }
  const needed = requestsNeeded({ ...counts, workflows, workflowSchemes, projects })
  const requests = Object.values(needed).reduce((sum, one) => sum + one, 0)
  const minutes = minutesFor(requests)
  return finding(
    'note',
    'PRODUCT_FIRST_READING',
    `A full reading takes about ${requests} requests and ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
  )
}

/** The first call with credentials failed: which of the many reasons is it? */
function refused(error: unknown): Finding {
  if (!(error instanceof TidemarkError)) throw error
  const words = JSON.stringify(error.data['messages'] ?? '')
  if (error.data['reason'] === 'captcha') return fromError(error)
  // Of a scoped token Jira says nothing that a status or a code would tell.
  if (statusOf(error) === 401 && words.includes('scope')) {
    return finding(
      'error',
      'ACCESS_TOKEN_SCOPED',
      'The API token has scopes, and they do not cover what is needed here.',
      'Make a token without scopes for the site address, or use https://api.atlassian.com/ex/jira/<cloudId> and give it read:jira-work, read:jira-user, manage:jira-configuration and manage:jira-project.',
    )
  }
  if (statusOf(error) === 401) {
    return finding(
      'error',
      'ACCESS_TOKEN_REFUSED',
      'The site does not accept the e-mail address and API token.',
      'The address must be that of the account that made the token, and the account must not be deactivated. Tokens expire after a year at most, and one with scopes is refused at the site address: make a new one at https://id.atlassian.com/manage-profile/security/api-tokens.',
    )
  }
  if (statusOf(error) === 403) {
    return finding(
      'error',
      'ACCESS_NO_JIRA',
      'The account has no access to Jira on this site.',
      'Give it product access in the organisation’s administration.',
    )
  }
  return fromError(error)
}

/** An answer that says nothing of what was asked: of whom, with what rights, is then unknown. */
function notUnderstood(path: string): Finding {
  return fromError(httpError('HTTP_WRONG_SHAPE', { method: 'GET', endpoint: path }))
}

function fromError(error: unknown): Finding {
  if (!(error instanceof TidemarkError)) throw error
  return findingOf(error)
}

function finding(level: Finding['level'], code: Code, message: string, cure?: string): Finding {
  return { level, code, message, ...(cure === undefined ? {} : { cure }) }
}
