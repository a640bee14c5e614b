import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { loadJudge } from '../contract/openapi.ts'
import { type Ask, asking } from '../judges/ask.ts'

const api = '/rest/api/3'
const deviations = new Set<string>()
let simulator: Simulator
let ask: Ask
beforeAll(async () => {
  simulator = await startSimulator({ sites: [{ name: 'acme' }, { name: 'beta' }] })
  ask = asking(simulator.site('acme'), loadJudge(), deviations)
})
afterAll(() => simulator?.stop())

const as = (values: { token?: string; email?: string }): Ask => asking({ ...simulator.site('acme'), ...values })

describe('who asks', () => {
  it('lets each site know its own people: one person, another token', async () => {
    const [acme, beta] = [simulator.site('acme'), simulator.site('beta')]
    expect(acme.cloudId).not.toBe(beta.cloudId)
    const mine = (await asking(acme)('GET', `${api}/myself`)).body
    const theirs = (await asking(beta)('GET', `${api}/myself`)).body
    expect(theirs.accountId).toBe(mine.accountId)
    expect(mine.self.startsWith(acme.url)).toBe(true)
    expect((await asking({ ...beta, token: acme.token })('GET', `${api}/myself`)).status).toBe(401)
  })

  it('answers a wrong token in text where it must know who asks, and as to anybody elsewhere', async () => {
    const stranger = as({ token: 'wrong' })
    const refused = await stranger('GET', `${api}/myself`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('content-type')).toContain('text/html')
    expect(refused.headers.get('x-seraph-loginreason')).toBe('AUTHENTICATED_FAILED')
    expect((await stranger('GET', `${api}/serverInfo`)).status).toBe(200)
    expect((await stranger('GET', `${api}/field`)).status).toBe(200)
    expect((await fetch(`${simulator.site('acme').url}/_edge/tenant_info`)).status).toBe(200)
  })

  it('tells people who are no administrators so, in the status that each operation documents', async () => {
    const account = simulator.site('acme').account({ displayName: 'Una User' })
    const user = as(account)
    expect((await user('GET', `${api}/myself`)).body.displayName).toBe('Una User')
    expect((await user('GET', `${api}/screens`)).status).toBe(403)
    expect((await user('GET', `${api}/statuses/search`)).status).toBe(401)
    expect((await user('POST', `${api}/field`, {})).status).toBe(400)
    const { permissions } = (await user('GET', `${api}/mypermissions?permissions=ADMINISTER,BROWSE_PROJECTS`)).body
    expect(permissions.ADMINISTER.havePermission).toBe(false)
    expect(permissions.BROWSE_PROJECTS.havePermission).toBe(true)
    expect((await ask('GET', `${api}/mypermissions?permissions=ADMINISTER`)).body.permissions.ADMINISTER.havePermission).toBe(true)
    expect((await ask('GET', `${api}/mypermissions`)).status).toBe(400)
  })

  it('turns away inactive accounts, those without access and those behind a captcha, each in its way', async () => {
    const site = simulator.site('acme')
    expect((await as(site.account({ state: 'inactive', admin: true }))('GET', `${api}/myself`)).status).toBe(401)
    const outside = await as(site.account({ state: 'without-access', admin: true }))('GET', `${api}/screens`)
    expect(outside.status).toBe(403)
    expect(outside.body.errorMessages).toHaveLength(1)
    const locked = await as(site.account({ state: 'captcha', admin: true }))('GET', `${api}/serverInfo`)
    expect(locked.status).toBe(403)
    expect(locked.headers.get('x-authentication-denied-reason')).toContain('CAPTCHA_CHALLENGE')
  })
})

describe('what a site refuses', () => {
  it('knows paths and methods', async () => {
    expect((await ask('GET', `${api}/nonsense`)).status).toBe(404)
    const wrong = await ask('POST', `${api}/serverInfo`)
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('GET')
  })

  it('answers a body that is no JSON with 400', async () => {
    const { url, email, token } = simulator.site('acme')
    const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`
    const answer = await fetch(`${url}${api}/screens`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{"name":',
    })
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as { errorMessages: string[] }).errorMessages[0]).toContain('parsing JSON')
  })
})

describe('what a site says of itself', () => {
  it('answers what doctor asks, with its own address in every URL', async () => {
    const site = simulator.site('acme')
    expect((await ask('GET', `${api}/serverInfo`)).body).toMatchObject({ baseUrl: site.url, deploymentType: 'Cloud' })
    expect((await ask('GET', '/_edge/tenant_info')).body).toEqual({ cloudId: site.cloudId })
    expect((await ask('GET', `${api}/instance/license`)).body.applications).toContainEqual({ id: 'jira-software', plan: 'PAID' })
    expect((await ask('GET', `${api}/configuration`)).body.subTasksEnabled).toBe(true)
    expect((await ask('GET', `${api}/applicationrole`)).body[0].key).toBe('jira-software')
    expect((await ask('GET', `${api}/permissions`)).body.permissions.ADMINISTER.type).toBe('GLOBAL')
  })

  it('lists its people and finds one', async () => {
    const people = (await ask('GET', `${api}/users/search?maxResults=2`)).body
    expect(people).toHaveLength(2)
    expect((await ask('GET', `${api}/user?accountId=${encodeURIComponent(people[0].accountId)}`)).body.displayName).toBe('Ada Admin')
    expect((await ask('GET', `${api}/user?accountId=nobody`)).status).toBe(404)
  })

  it('narrows the audit log by time, and keeps it to paid plans', async () => {
    await ask('POST', `${api}/screens`, { name: 'Audited screen' })
    const all = (await ask('GET', `${api}/auditing/record`)).body
    expect(all).toMatchObject({ offset: 0, limit: 1000, total: all.records.length })
    expect(all.records[0].created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/)
    const later = encodeURIComponent('2999-01-01T00:00:00.000+0000')
    expect((await ask('GET', `${api}/auditing/record?from=${later}`)).body.total).toBe(0)
    expect((await ask('GET', `${api}/auditing/record?to=${later}`)).body.total).toBe(all.total)
    // No document says how a date that cannot be read is answered.
    expect((await asking(simulator.site('acme'))('GET', `${api}/auditing/record?from=yesterday`)).status).toBe(400)

    const { settings } = simulator.site('acme').state
    settings.paid = false
    expect((await ask('GET', `${api}/auditing/record`)).status).toBe(403)
    settings.paid = true
  })
})

it('keeps to Atlassian’s document', () => {
  expect([...deviations]).toEqual([])
})
