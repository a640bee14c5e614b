import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import type { LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { brotliDecompress, brotliDecompressSync, gunzip, gunzipSync } from 'node:zlib'
import { Client, type Dispatcher } from 'undici'

/** One request as it goes over the wire. */
export interface Wire {
  readonly method: string
  readonly path: string
  /** Names and values in turn. */
  readonly headers: string[]
  readonly body: string | Uint8Array | null
  readonly deadlineMs: number
  readonly maxBytes: number
}

/** What came of a request. Only `answered` holds anything of the site's. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders; readonly bytes: Buffer }
  /** No connection: nothing was sent. `permanent`: another try would fail alike (an untrusted certificate, no such name). */
  | { readonly kind: 'unreachable'; readonly permanent: boolean; readonly reason: string; readonly sent: false }
  /** The connection broke, or what came over it was cut short or garbled. */
  | { readonly kind: 'interrupted'; readonly reason: string; readonly sent: boolean }
  | { readonly kind: 'deadline'; readonly sent: boolean }
  | { readonly kind: 'tooLarge'; readonly sent: true }
  | { readonly kind: 'cancelled'; readonly sent: boolean }

export interface Line {
  exchange(wire: Wire): Promise<Outcome>
  /** Ends what is under way as `cancelled`. */
  cancel(): void
  /** Ends what is under way, too. */
  close(): Promise<void>
}

export interface LineOptions {
  readonly connectMs: number
  readonly lookup?: LookupFunction
  /** Certificates to trust in place of Node's own. */
  readonly ca?: string
}

/**
 * Kept-alive connections to one origin, made as they are needed; whoever calls bounds how many. TLS 1.2 or newer, certificates always checked,
 * redirects never followed.
 */
export function lineTo(origin: string, { connectMs, lookup, ca }: LineOptions): Line {
  const connect = {
    timeout: connectMs,
    minVersion: 'TLSv1.2' as const,
    rejectUnauthorized: true,
    ...(lookup === undefined ? {} : { lookup }),
    ...(ca === undefined ? {} : { ca }),
  }
  // The total deadline is ours: undici's timers begin anew with each byte.
  const options = { pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0, connect }
  // The one used last comes first, so that few connections stay warm. undici's own pool opens twice as many as are ever in use: to it, a
  // connection is busy until a tick after its answer has ended.
  const idle: Client[] = []
  const underWay = new Map<Exchange, Client>()
  let closed = false
  const cancel = () => {
    for (const exchange of [...underWay.keys()]) exchange.end({ kind: 'cancelled', sent: exchange.sent })
  }

  return {
    exchange(wire) {
      return new Promise((resolve) => {
        const client = idle.pop() ?? new Client(origin, options)
        const exchange = new Exchange(wire, (outcome) => {
          underWay.delete(exchange)
          if (outcome.kind === 'answered' && !closed) idle.push(client)
          else client.destroy(() => {})
          resolve(outcome)
        })
        underWay.set(exchange, client)
        const { method, path, headers, body } = wire
        client.dispatch({ method, path, headers, body }, exchange)
      })
    },
    cancel,
    async close() {
      closed = true
      cancel()
      await Promise.all(idle.splice(0).map((client) => client.destroy()))
    },
  }
}

/** Follows one request. A class, since undici calls these methods for every request and closures would be made anew each time. */
class Exchange implements Dispatcher.DispatchHandler {
  sent = false
  readonly #wire: Wire
  readonly #settle: (outcome: Outcome) => void
  readonly #timer: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []
  #size = 0
  #ended = false

  constructor(wire: Wire, settle: (outcome: Outcome) => void) {
    this.#wire = wire
    this.#settle = settle
    this.#timer = setTimeout(() => this.end({ kind: 'deadline', sent: this.sent }), wire.deadlineMs)
  }

  /** Settles once; what still comes over the connection afterwards is cut off. */
  end(outcome: Outcome): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#chunks = []
    this.#settle(outcome)
    this.#controller?.abort(new Error(outcome.kind))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Settled while it still waited for a connection: it must not be sent any more.
    if (this.#ended) controller.abort(new Error('ended'))
    else this.sent = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
    if (Number(headers['content-length'] ?? 0) > this.#wire.maxBytes) this.end({ kind: 'tooLarge', sent: true })
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return
    this.#size += chunk.length
    if (this.#size > this.#wire.maxBytes) this.end({ kind: 'tooLarge', sent: true })
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (this.#ended) return
    const [first] = this.#chunks
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    const coding = this.#headers['content-encoding']
    if (coding === undefined || coding === 'identity' || bytes.length === 0) {
      this.#answer(bytes)
      return
    }
    decode(bytes, coding, this.#wire.maxBytes).then(
      (decoded) => this.#answer(decoded),
      (error: { code?: string }) =>
        this.end(
          error.code === 'ERR_BUFFER_TOO_LARGE'
            ? { kind: 'tooLarge', sent: true }
            : { kind: 'interrupted', reason: 'the compressed answer is damaged', sent: true },
        ),
    )
  }

  #answer(bytes: Buffer): void {
    this.#controller = undefined
    this.end({ kind: 'answered', status: this.#status, headers: this.#headers, bytes })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#controller = undefined
    if (this.sent) this.end({ kind: 'interrupted', reason: reasonOf(error), sent: true })
    else this.end({ kind: 'unreachable', permanent: isPermanent(error), reason: reasonOf(error), sent: false })
  }
}

/**
 * Decodes what we offered to accept, never past `maxBytes`: zlib stops as soon as its output passes that, so a bomb costs no more memory than the
 * largest honest answer. Small bodies are decoded at once, which is faster than a trip to the thread pool.
 */
async function decode(bytes: Buffer, coding: string, maxBytes: number): Promise<Buffer> {
  const options = { maxOutputLength: maxBytes }
  const small = bytes.length <= 32 * 1024
  if (coding === 'gzip' || coding === 'x-gzip') return small ? gunzipSync(bytes, options) : promisify(gunzip)(bytes, options)
  if (coding === 'br') return small ? brotliDecompressSync(bytes, options) : promisify(brotliDecompress)(bytes, options)
  throw new Error('a content coding that was not offered')
}

/** The body as text; undefined where the bytes are no UTF-8, the only encoding JSON has (RFC 8259, 8.1). */
export function utf8Text(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** Codes only: the message of a foreign error may quote anything. */
function reasonOf(error: Error): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown }
  const inner = Array.isArray(errors) ? (errors[0] as { code?: unknown } | undefined)?.code : undefined
  const known = typeof code === 'string' ? code : typeof inner === 'string' ? inner : error.name
  return /^[\w-]{1,60}$/.test(known) ? known : 'unknown'
}

const permanentCodes = new Set(['ENOTFOUND', 'EPRIVATE', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UND_ERR_INVALID_ARG'])

/** Is it the name or the certificate, so that no further try can help? A failed check of a certificate is never worked around. */
function isPermanent(error: Error): boolean {
  const reason = reasonOf(error)
  return permanentCodes.has(reason) || /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH)/.test(reason)
}
