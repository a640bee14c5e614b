// Stands between a process and the simulated site, and can do the worst to a write: end the process before the site hears of it, or after the
// site has carried it out and before the process knows.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Moment = 'before' | 'during'

export interface Gate extends AsyncDisposable {
  readonly url: string
  /** Where requests go from now on. */
  towards(url: string): void
  /**
   * The write of this number (the first is 1) from now on ends the process. With `among`, of those to such a path alone: they are then let through one
   * after another, each when the site has carried out the one before, and none after the end.
   */
  killAt(write: number, moment: Moment, child: () => ChildProcess | undefined, among?: RegExp): void
  /** Nobody is ended any more. */
  calm(): void
  /** Writes that were asked for since `towards`. */
  writes(): number
}

interface Trap {
  readonly write: number
  readonly moment: Moment
  readonly child: () => ChildProcess | undefined
  readonly among: RegExp | undefined
  seen: number
  ended: boolean
  turn: Promise<void>
}

/** POSTs that change nothing: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ */
const reading =
  /\/rest\/api\/3\/(?:workflows(?:\?|$)|workflows\/(?:create|update)\/validation|workflowscheme\/(?:read|update\/mappings)|expression|jql\/|search)/

export async function newGate(): Promise<Gate> {
  let target = new URL('http://127.0.0.1:1')
  let writes = 0
  let trap: Trap | undefined

  const server = createServer((incoming, outgoing) => {
    // Whoever was ended hears no answer, and what the site does not answer nobody does.
    pass(incoming, outgoing).catch(() => outgoing.destroy())
  })

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const isWrite = incoming.method !== 'GET' && !(incoming.method === 'POST' && reading.test(incoming.url ?? ''))
    if (isWrite) writes += 1
    const watch = isWrite && (trap?.among?.test(incoming.url ?? '') ?? true) ? trap : undefined
    const body = await bytesOf(incoming)
    if (watch?.among === undefined) return go()
    const mine = watch.turn.then(go)
    watch.turn = mine.catch(() => {})
    return mine

    async function go(): Promise<void> {
      if (watch?.among !== undefined && watch.ended) throw new Error('nothing goes through after the end')
      if (watch !== undefined) watch.seen += 1
      const strikes = watch?.seen === watch?.write ? watch : undefined
      if (strikes?.moment === 'before') return end(strikes)
      const { answer, reply } = await asked(incoming, body)
      if (watch?.among !== undefined && answer.statusCode === 303) await carriedOut(answer.headers.location ?? '', incoming)
      if (strikes !== undefined) return end(strikes)
      // Where the site sends one, one comes through the gate.
      const headers = answer.rawHeaders.map((text) =>
        text.startsWith(target.origin) ? text.replace(target.origin, `http://${incoming.headers.host}`) : text,
      )
      outgoing.writeHead(answer.statusCode ?? 502, headers)
      outgoing.end(reply)
    }

    function end(by: Trap): void {
      by.ended = true
      by.child()?.kill('SIGKILL')
      outgoing.destroy()
    }
  }

  async function asked(
    { method, headers, url }: Pick<IncomingMessage, 'method' | 'headers' | 'url'>,
    body: Buffer,
  ): Promise<{ readonly answer: IncomingMessage; readonly reply: Buffer }> {
    const sent = send({ host: target.hostname, port: target.port, method, path: url, headers })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return { answer, reply: await bytesOf(answer) }
  }

  /** Waits for what the site does after it has answered. */
  async function carriedOut(location: string, { headers: { authorization } }: IncomingMessage): Promise<void> {
    const task = { method: 'GET', url: new URL(location).pathname, headers: { authorization } }
    for (;;) {
      const { status } = JSON.parse((await asked(task, Buffer.alloc(0))).reply.toString()) as { readonly status: string }
      if (status !== 'ENQUEUED' && status !== 'RUNNING') return
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    towards(url) {
      target = new URL(url)
      writes = 0
      trap = undefined
    },
    killAt(write, moment, child, among) {
      trap = { write, moment, child, among, seen: 0, ended: false, turn: Promise.resolve() }
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
