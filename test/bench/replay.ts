// The floor of a reading: the same requests in the same number, asked by bare undici, answers parsed and thrown away. Prints one JSON line.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'

const [url = '', file = '', concurrency = '8'] = process.argv.slice(2)
const paths = JSON.parse(readFileSync(file, 'utf8')) as readonly string[]
const dispatcher = new Agent({ connections: Number(concurrency), pipelining: 1 })
const headers = { authorization: process.env['BENCH_AUTHORISATION'] ?? '', accept: 'application/json' }
const started = { wall: performance.now(), cpu: process.cpuUsage() }
let next = 0
let waited = 0

async function worker(): Promise<void> {
  for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
    const asked = performance.now()
    const { body } = await request(`${url}${path}`, { dispatcher, headers })
    await body.json()
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
