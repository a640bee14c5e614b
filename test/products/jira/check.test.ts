import { describe, expect, it } from 'vitest'
import { checkSite, describeSite } from '../../../src/products/jira/check.ts'
import type { JiraSite } from '../../../src/products/jira/site.ts'
import { connect, simulated } from './kit.ts'

async function codes(site: JiraSite): Promise<readonly string[]> {
  try {
    return (await checkSite(site)).map(({ code }) => code)
  } finally {
    await site.close()
  }
}

describe('checkSite', () => {
  it('tells an administrator what a full reading costs, and nothing else', async () => {
    await using s = await simulated()

    const findings = await checkSite(s.site)

    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ level: 'note', code: 'PRODUCT_FIRST_READING' })
    expect(findings[0]?.message).toMatch(/about [0-9]+ requests and 1 minute\./)
  })

  it('names a bad token, though much of Jira answers to nobody in particular', async () => {
    await using s = await simulated()

    const findings = await checkSite(connect(s.jira, { email: s.jira.email, token: 'bad-token-7' }))

    expect(findings.map(({ code }) => code)).toEqual(['ACCESS_TOKEN_REFUSED'])
    expect(JSON.stringify(findings)).not.toContain('bad-token-7')
  })

  it('names a token whose scopes do not fit', async () => {
    await using s = await simulated()
    const body = { code: 401, message: 'Unauthorized; scope does not match' }
    s.jira.faults.add({ path: '/rest/api/3/myself', status: 401, body, headers: { 'content-type': 'application/json' } })

    expect(await codes(connect(s.jira, s.jira))).toEqual(['ACCESS_TOKEN_SCOPED'])
  })

  it('tells a locked, a deactivated and a foreign account apart', async () => {
    await using s = await simulated()

    expect(await codes(connect(s.jira, s.jira.account({ state: 'captcha' })))).toEqual(['HTTP_UNAUTHORISED'])
    expect(await codes(connect(s.jira, s.jira.account({ state: 'inactive' })))).toEqual(['ACCESS_TOKEN_REFUSED'])
    expect(await codes(connect(s.jira, s.jira.account({ state: 'without-access' })))).toEqual(['ACCESS_NO_JIRA'])
  })

  it('stops at an account that is no administrator: everything it saw would be short', async () => {
    await using s = await simulated()

    expect(await codes(connect(s.jira, s.jira.account()))).toEqual(['ACCESS_NOT_ADMINISTRATOR'])
  })

  it.each(['/rest/api/3/myself', '/rest/api/3/mypermissions'])(
    'does not go on where %s answers without saying who or what',
    async (path) => {
      for (const body of [{}, null, []]) {
        await using s = await simulated()
        s.jira.faults.add({ path, status: 200, body })

        expect(await codes(connect(s.jira, s.jira))).toEqual(['HTTP_WRONG_SHAPE'])
      }
    },
  )

  it('notes an audit log that cannot be read and goes on', async () => {
    await using s = await simulated()
    s.jira.faults.add({ path: '/rest/api/3/auditing/record', status: 403, body: { errorMessages: ['Free plan'] } })

    expect(await codes(connect(s.jira, s.jira))).toEqual(['ACCESS_NO_AUDIT_LOG', 'PRODUCT_FIRST_READING'])
  })
})

describe('describeSite', () => {
  it('names the site by the id that no renaming changes', async () => {
    await using s = await simulated()

    expect(await describeSite(s.site)).toEqual({ url: s.jira.url, cloudId: s.jira.cloudId })
  })

  it('refuses an address behind which no Jira site answers', async () => {
    await using s = await simulated()
    s.jira.faults.add({ path: '/_edge/tenant_info', status: 404, body: {} })

    await expect(describeSite(s.site)).rejects.toMatchObject({ code: 'PRODUCT_NO_CLOUD_ID' })
  })
})
