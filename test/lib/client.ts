import { onTestFinished } from 'vitest'
import { type Http, type HttpOptions, httpClient } from '../../src/lib/http.ts'
import { silentLog } from '../../src/lib/log.ts'
import { TidemarkError } from '../../src/model/errors.ts'
import { type FastClock, fastClock } from '../doubles/fast-clock.ts'
import { type FaultyServer, faultyServer, type Reply, type Seen } from '../doubles/faulty-server.ts'

interface Setting {
  readonly server: FaultyServer
  readonly http: Http
  readonly clock: FastClock
}

/** A server that answers by script and a client that calls it, on one clock that makes waits cost nothing. */
export async function clientOf(
  script: readonly Reply[] | ((seen: Seen, index: number) => Reply),
  options: Partial<HttpOptions> & { readonly signal?: AbortSignal } = {},
): Promise<Setting> {
  const clock = fastClock()
  const server = await faultyServer(script, { clock })
  const signal = options.signal ?? new AbortController().signal
  const http = httpClient({
    url: server.url,
    allowHosts: [server.host],
    headers: { authorization: `Basic ${Buffer.from('ops@example.com:top-secret-token').toString('base64')}` },
    context: { clock, log: silentLog, signal },
    rates: 'none',
    ...options,
  })
  onTestFinished(async () => {
    await http.close()
    await server.close()
  })
  return { server, http, clock }
}

/** The error that a promise ends with; fails when it does not end with one of ours. */
export async function errorOf(promise: Promise<unknown>): Promise<TidemarkError> {
  const [result] = await Promise.allSettled([promise])
  if (result?.status === 'rejected' && result.reason instanceof TidemarkError) return result.reason
  throw new Error(
    `expected a TidemarkError, got ${result?.status}: ${String(result?.status === 'rejected' ? result.reason : result?.value)}`,
  )
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items)
}
