// Stands between a process and the simulated site, and can do the worst to a write: end the process before the site hears of it, or after the
// site has carried it out and before the process knows.
import type { ChildProcess } from 'node:child_process'
import { createServer, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Moment = 'before' | 'during'

export interface Gate extends AsyncDisposable {
  readonly url: string
  /** Where requests go from now on. */
  towards(url: string): void
  /** The write of this number (the first is 1) from now on ends the process. */
  killAt(write: number, moment: Moment, child: () => ChildProcess | undefined): void
  /** Nobody is ended any more. */
  calm(): void
  /** Writes that were asked for since `towards`. */
  writes(): number
}

/** POSTs that change nothing: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ */
const reading =
  /\/rest\/api\/3\/(?:workflows(?:\?|$)|workflows\/(?:create|update)\/validation|workflowscheme\/(?:read|update\/mappings)|expression|jql\/|search)/

export async function newGate(): Promise<Gate> {
  let target = new URL('http://127.0.0.1:1')
  let writes = 0
  let trap: { readonly write: number; readonly moment: Moment; readonly child: () => ChildProcess | undefined } | undefined

  const server = createServer(async (incoming, outgoing) => {
    const isWrite = incoming.method !== 'GET' && !(incoming.method === 'POST' && reading.test(incoming.url ?? ''))
    if (isWrite) writes += 1
    const strikes = isWrite && trap?.write === writes ? trap : undefined
    const body = await bytesOf(incoming)
    if (strikes?.moment === 'before') {
      strikes.child()?.kill('SIGKILL')
      outgoing.destroy()
      return
    }
    const passed = send({
      host: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    })
    passed.on('error', () => outgoing.destroy())
    passed.on('response', async (answer) => {
      const reply = await bytesOf(answer)
      if (strikes !== undefined) {
        strikes.child()?.kill('SIGKILL')
        outgoing.destroy()
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      outgoing.end(reply)
    })
    passed.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    towards(url) {
      target = new URL(url)
      writes = 0
      trap = undefined
    },
    killAt(write, moment, child) {
      trap = { write: writes + write, moment, child }
    },
    calm() {
      trap = undefined
    },
    writes: () => writes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
