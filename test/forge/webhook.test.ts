import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyWebhook } from '../../src/forge/webhook.ts'
import { forgeKit } from './kit.ts'

describe('a delivery of a webhook', () => {
  it('is taken when it is signed with the secret', async () => {
    const { github } = await forgeKit()
    github.as('ben').push('requests/r1', { 'a.txt': 'ü' })
    const number = github.as('ben').open({ branch: 'requests/r1', title: 'ü' })
    const [event] = github.events('pull_request')
    if (event === undefined) throw new Error('nothing happened')
    const { headers, body } = github.delivery(event, 'secret')

    expect(await verifyWebhook('secret', body, headers)).toMatchObject({ event: 'pull_request', payload: { action: 'opened', number } })
  })

  it.each<[string, (good: Record<string, string>, body: string) => [Record<string, string | undefined>, string]]>([
    ['another secret', (good, body) => [{ ...good, 'x-hub-signature-256': sign('other', body) }, body]],
    ['a changed body', (good, body) => [good, body.replace('1', '2')]],
    ['no signature', (good, body) => [{ ...good, 'x-hub-signature-256': undefined }, body]],
    ['a signature cut short', (good, body) => [{ ...good, 'x-hub-signature-256': good['x-hub-signature-256']?.slice(0, -2) }, body]],
    ['an old signature alone', (good, body) => [{ ...good, 'x-hub-signature-256': undefined, 'x-hub-signature': 'sha1=00' }, body]],
    ['no event', (good, body) => [{ ...good, 'x-github-event': undefined }, body]],
    ['a delivery id that is none', (good, body) => [{ ...good, 'x-github-delivery': '../x' }, body]],
    ['no JSON', (good) => [{ ...good, 'x-hub-signature-256': sign('secret', 'text') }, 'text']],
    ['nothing', (good) => [{ ...good, 'x-hub-signature-256': sign('secret', '') }, '']],
  ])('is refused with %s', async (_what, change) => {
    const body = '{"a":1}'
    const id = '00000000-0000-4000-8000-000000000000'
    const [headers, sent] = change({ 'x-hub-signature-256': sign('secret', body), 'x-github-event': 'push', 'x-github-delivery': id }, body)

    await expect(verifyWebhook('secret', sent, headers)).rejects.toMatchObject({ code: 'FORGE_WEBHOOK_REFUSED' })
  })
})

function sign(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
