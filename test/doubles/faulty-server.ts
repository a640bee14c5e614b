import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

/** A request as the server saw it. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** When it came, on the given clock's monotonic scale. */
  readonly at: number
}

/** One way of answering, or of not doing so. */
export type Reply = (response: ServerResponse, socket: Socket) => void

export interface FaultyServer {
  readonly url: string
  /** `host:port`, as settings allow it. */
  readonly host: string
  readonly seen: readonly Seen[]
  /** Most requests that were open at once, counted from this one on. */
  readonly mostAtOnce: (from?: number) => number
  readonly connections: () => number
  close(): Promise<void>
}

export interface FaultyServerOptions {
  readonly clock?: { monotonic(): number }
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A real server on a free port that answers by script: a list of replies (the last one repeats), or a function of the request. */
export async function faultyServer(
  script: readonly Reply[] | ((seen: Seen, index: number) => Reply),
  { clock = { monotonic: () => performance.now() }, tls }: FaultyServerOptions = {},
): Promise<FaultyServer> {
  const seen: Seen[] = []
  let open = 0
  const openAt: number[] = []
  let connections = 0
  const listener: Parameters<typeof createServer>[1] = (request, response) => {
    const at = clock.monotonic()
    let body = ''
    open++
    response.once('close', () => open--)
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x')
      const one = { method: request.method ?? '', path: url.pathname, query: url.searchParams, headers: request.headers, body, at }
      seen.push(one)
      openAt.push(open)
      const index = seen.length - 1
      const reply = typeof script === 'function' ? script(one, index) : script[Math.min(index, script.length - 1)]
      reply?.(response, request.socket)
    })
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener)
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    seen,
    mostAtOnce: (from = 0) => Math.max(0, ...openAt.slice(from)),
    connections: () => connections,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A well-behaved JSON answer. */
export function json(value: unknown, { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {}): Reply {
  return raw(typeof value === 'string' ? value : JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

export function raw(
  body: string | Buffer,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Reply {
  return (response) => {
    response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers })
    response.end(body)
  }
}

/** A status with nothing else. */
export function bare(status: number, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { ...(status === 204 ? {} : { 'content-length': '0' }), ...headers })
    response.end()
  }
}

export function html(status = 200, headers: Record<string, string> = {}): Reply {
  return raw('<!doctype html><title>Log in</title>', { status, headers: { 'content-type': 'text/html;charset=UTF-8', ...headers } })
}

/** Accepts the request and never answers. */
export function hang(): Reply {
  return () => {}
}

/** A JSON answer that comes one byte at a time, without end. */
export function drip(everyMs: number): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('[')
    const timer = setInterval(() => response.write(' '), everyMs)
    response.once('close', () => clearInterval(timer))
  }
}

/** Headers, and then the connection is reset. */
export function resetAfterHeaders(): Reply {
  return (response, socket) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('[{"id":1}')
    setTimeout(() => socket.resetAndDestroy(), 5)
  }
}

/** Ends in the middle, though more was announced by its length. */
export function cutWithLength(body: string, at: number): Reply {
  return wire(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, at)}`)
}

/** Ends in the middle of a chunked body, without the last chunk. */
export function cutChunked(body: string, at: number): Reply {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
  return wire(`${head}${at.toString(16)}\r\n${body.slice(0, at)}\r\n`)
}

/** Ends in the middle where nothing announced a length: no client can see that by the transport alone. */
export function cutWithoutLength(body: string, at: number): Reply {
  return wire(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n${body.slice(0, at)}`)
}

/** Closes the connection without a word. */
export function slam(): Reply {
  return (_response, socket) => socket.destroy()
}

function wire(text: string): Reply {
  return (_response, socket) => socket.end(text)
}

/** A small body that decompresses to so many MiB: gzip allows any number of members in a row (RFC 1952, 2.2). */
export function gzipBomb(mebibytes: number): Reply {
  const bomb = Buffer.concat(Array<Buffer>(mebibytes).fill(gzipSync(Buffer.alloc(1 << 20, 0x20), { level: 9 })))
  return raw(bomb, { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } })
}

/** A JSON list of `bytes`, without a length. */
export function endless(bytes: number): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const block = Buffer.alloc(1 << 20, 0x20)
    let left = bytes
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= block.length
        if (!response.write(block)) {
          response.once('drain', more)
          return
        }
      }
      if (!response.destroyed) response.end('[]')
    }
    more()
  }
}
