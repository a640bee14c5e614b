import { createServer, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describeDeviation, type Judge, loadJudge } from './openapi.ts'

/** One exchange as it went over the wire; bodies are parsed where they are JSON, undefined where empty, text otherwise. */
export interface RecordedExchange {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly requestBody: unknown
  readonly status: number
  readonly answerBody: unknown
}

export interface Recorder {
  /** Base URL to give to the client in place of the server's. */
  readonly url: string
  readonly exchanges: readonly RecordedExchange[]
  /** Deviations of all exchanges so far, each said once. Empty where there are no documents to judge by. */
  deviations(): readonly string[]
  close(): Promise<void>
}

let ofAtlassian: Judge | undefined | null = null

/** Stands between a client and a server (the simulator, unless a judge comes along), passes every byte on, keeps every exchange and has the judge look at it. */
export async function recordThrough(serverUrl: string, judge?: Judge): Promise<Recorder> {
  if (judge === undefined && ofAtlassian === null) ofAtlassian = loadJudge()
  const judging = judge ?? ofAtlassian ?? undefined
  const target = new URL(serverUrl)
  const exchanges: RecordedExchange[] = []
  const found = new Set<string>()

  const server = createServer((incoming, outgoing) => {
    // Links in answers name the simulator itself: a client that re-bases them, as ours does, stays behind the recorder.
    const passed = send({
      host: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    })
    passed.on('error', () => outgoing.destroy())
    const sent = collect(incoming, (chunk) => passed.write(chunk))
    sent.then(
      () => passed.end(),
      () => passed.destroy(),
    )
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      const received = collect(answer, (chunk) => outgoing.write(chunk))
      Promise.all([sent, received]).then(
        ([request, reply]) => {
          note({
            method: incoming.method ?? 'GET',
            path: incoming.url ?? '/',
            requestBody: bodyOf(request, incoming.headers['content-type']),
            status: answer.statusCode ?? 0,
            answerBody: bodyOf(reply, answer.headers['content-type']),
          })
          outgoing.end()
        },
        () => outgoing.destroy(),
      )
    })
  })

  function note(exchange: RecordedExchange): void {
    exchanges.push(exchange)
    if (judging === undefined) return
    const { method, path, status } = exchange
    // What is refused proves nothing about the request: a test may send it on purpose.
    const asked = status < 400 ? judging.request({ method, path, body: exchange.requestBody }) : []
    const answered = judging.answer({ method, path, status, body: exchange.answerBody })
    for (const deviation of [...asked, ...answered]) found.add(describeDeviation(deviation))
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    deviations: () => [...found],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function collect(message: IncomingMessage, pass: (chunk: Buffer) => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    pass(chunk)
  }
  return Buffer.concat(chunks)
}

function bodyOf(bytes: Buffer, type: string | undefined): unknown {
  if (bytes.length === 0) return undefined
  const text = bytes.toString('utf8')
  if (type === undefined || !type.includes('json')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
