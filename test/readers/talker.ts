/** Stands for the Go reader in tests: it reads nothing, and ends each document as its text says. */
import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

const api = `http://${process.env['AWS_LAMBDA_RUNTIME_API']}`

/** Begins to say something of which the end never comes, and answers what breaks it off. */
async function begin(url: string): Promise<() => Promise<void>> {
  const sent = request(url, { method: 'PUT', headers: { 'content-length': 1000, expect: '100-continue' } })
  sent.on('error', () => {})
  // The other side has begun to listen.
  await once(sent, 'continue')
  sent.write('{"Status"')
  return async () => {
    sent.destroy()
    if (!sent.closed) await once(sent, 'close')
  }
}

async function tell(url: string, body: string): Promise<void> {
  await (await fetch(url, { method: 'PUT', body })).arrayBuffer()
}

for (;;) {
  const job = await fetch(`${api}/2018-06-01/runtime/invocation/next`)
  const id = job.headers.get('lambda-runtime-aws-request-id')
  const event = (await job.json()) as { ResponseURL: string; ResourceProperties: { SopsInline: { Content: string } } }
  const text = Buffer.from(event.ResourceProperties.SopsInline.Content, 'base64').toString('utf8')
  const response = `${api}/2018-06-01/runtime/invocation/${id}/response`
  if (text === 'break off') await (await begin(event.ResponseURL))()
  else if (text === 'talk nonsense') await tell(event.ResponseURL, 'nonsense')
  else if (text === 'say nothing') await tell(response, '{}')
  else if (text === 'die') {
    await begin(event.ResponseURL)
    process.exit(2)
  } else if (text === 'linger') {
    await begin(response)
    await tell(event.ResponseURL, JSON.stringify({ Status: 'FAILED', Reason: 'lingering' }))
    await wait(60_000)
  } else await tell(event.ResponseURL, JSON.stringify({ Status: 'FAILED', Reason: `read: ${text}` }))
}
