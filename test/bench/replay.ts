// The floor of a reading: the same requests in the same number, answers parsed and thrown away. Asked by bare undici (`bare`), which bounds the time,
// or by the product's own client with its limits, guards and exact numbers (`own`), which is what a reading spends on HTTP. Prints one JSON line.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'

const [url = '', file = '', concurrency = '8', client = 'bare'] = process.argv.slice(2)
const paths = JSON.parse(readFileSync(file, 'utf8')) as readonly string[]
const headers = { authorization: process.env['BENCH_AUTHORISATION'] ?? '', accept: 'application/json' }
const get = client === 'own' ? await ownClient() : bareClient()
const started = { wall: performance.now(), cpu: process.cpuUsage() }
let next = 0
let waited = 0

async function worker(): Promise<void> {
  for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
    const asked = performance.now()
    await get(path)
    waited += performance.now() - asked
  }
}

await Promise.all(Array.from({ length: Number(concurrency) }, worker))
const cpu = process.cpuUsage(started.cpu)
process.stdout.write(
  `${JSON.stringify({
    wallSeconds: (performance.now() - started.wall) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    responseMilliseconds: waited / paths.length,
  })}\n`,
)
process.exit(0)

function bareClient(): (path: string) => Promise<unknown> {
  const dispatcher = new Agent({ connections: Number(concurrency), pipelining: 1 })
  return async (path) => (await request(`${url}${path}`, { dispatcher, headers })).body.json()
}

async function ownClient(): Promise<(path: string) => Promise<unknown>> {
  const { httpClient } = (await import('../../dist/lib/http.js' as string)) as typeof import('../../src/lib/http.ts')
  const { systemClock } = (await import('../../dist/lib/clock.js' as string)) as typeof import('../../src/lib/clock.ts')
  const { silentLog } = (await import('../../dist/lib/log.js' as string)) as typeof import('../../src/lib/log.ts')
  const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }
  const http = httpClient({ url, allowHosts: [new URL(url).host], headers, context, rates: 'none' })
  return (path) => http.json('GET', path)
}
