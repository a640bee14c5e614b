// npm run bench: what a backup costs, with the floor beside each figure. Prints a table and writes bench.json (or the file given by --out).
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { nodeEnvironment, nodeFlags } from '../../src/cli/node-manners.ts'
import { recordThrough } from '../contract/recorder.ts'
import { figures } from './figures.ts'

const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    site: { type: 'string', default: 'bench' },
    out: { type: 'string', default: 'bench.json' },
  },
})
const runs = Number(values.runs)
const root = fileURLToPath(new URL('../..', import.meta.url))
const cli = join(root, 'dist', 'cli', 'main.js')

interface Site {
  readonly url: string
  readonly email: string
  readonly token: string
}
interface Sample {
  readonly state: string
  readonly changed: number
  readonly objects: Readonly<Record<string, number>>
  readonly wallSeconds: number
  readonly readingSeconds: number
  readonly cpuSeconds: number
  readonly cpuAfterReadingSeconds: number
  readonly peakMebibytes: number
  readonly requests: number
  readonly responseMilliseconds: number
  /** What the product's own client needs for the same requests and nothing else. */
  readonly httpCpuSeconds: number
}
interface Floor {
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly responseMilliseconds: number
}
const table = figures()
const home = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
try {
  const paths = await requestsOf()
  for (const latency of [0, 20]) await measure(latency, paths)
} finally {
  await rm(home, { recursive: true, force: true })
}
const machine = { cores: cpus().length, node: process.version, runs, site: values.site }
await writeFile(values.out, `${JSON.stringify({ format: 1, machine, rows: table.rows }, null, 2)}\n`)
table.print(`${machine.cores} cores, Node ${machine.node}, ${runs} runs each, simulator in its own process, site ${machine.site}.`)

/** The requests of one reading, taken down by a recorder between tool and simulator. */
async function requestsOf(): Promise<readonly string[]> {
  await using simulator = await simulated(0)
  const recorder = await recordThrough(simulator.site.url)
  try {
    await backUp('recorded', { ...simulator.site, url: recorder.url }, 1)
    return recorder.exchanges.filter(({ method }) => method === 'GET').map(({ path }) => path)
  } finally {
    await recorder.close()
  }
}

async function measure(latency: number, paths: readonly string[]): Promise<void> {
  await using simulator = await simulated(latency)
  const [first, unchanged]: [Sample[], Sample[]] = [[], []]
  for (let index = 0; index < runs; index += 1) {
    const [one, two] = await backUp(`latency-${latency}-${index}`, simulator.site, 2)
    // Right after, since the speed of a machine drifts: what is compared must have been measured together.
    const { cpuSeconds } = await replay(simulator.site, paths, 'own')
    first.push({ ...(one as Sample), httpCpuSeconds: cpuSeconds })
    unchanged.push({ ...(two as Sample), httpCpuSeconds: cpuSeconds })
  }
  const floors: Floor[] = []
  for (let index = 0; index < runs; index += 1) floors.push(await replay(simulator.site, paths, 'bare'))
  const pick = (key: keyof Floor) => table.median(floors.map((one) => one[key]))
  const floor = { wallSeconds: pick('wallSeconds'), cpuSeconds: pick('cpuSeconds'), responseMilliseconds: pick('responseMilliseconds') }
  const at = `at ${latency} ms`
  if (latency === 0) {
    figure(`first backup, wall s, ${at}`, first, ({ wallSeconds }) => wallSeconds, floor.wallSeconds, 60)
    figure(`unchanged backup, wall s, ${at}`, unchanged, ({ wallSeconds }) => wallSeconds, floor.wallSeconds, 25)
    figure('first backup, peak MiB', first, ({ peakMebibytes }) => peakMebibytes, 0, 350)
    figure('unchanged backup, peak MiB', unchanged, ({ peakMebibytes }) => peakMebibytes, 0, 350)
    figure('first backup, CPU s beside HTTP', first, ({ cpuSeconds, httpCpuSeconds }) => cpuSeconds - httpCpuSeconds, 0, 20)
    figure('unchanged backup, CPU s beside HTTP', unchanged, ({ cpuSeconds, httpCpuSeconds }) => cpuSeconds - httpCpuSeconds, 0, 4)
    figure('CPU s of HTTP', unchanged, ({ httpCpuSeconds }) => httpCpuSeconds, floor.cpuSeconds, 2 * floor.cpuSeconds)
    figure('CPU s after reading, unchanged', unchanged, ({ cpuAfterReadingSeconds }) => cpuAfterReadingSeconds, 0, 4)
    const fewest = fewestRequests(first[0] as Sample, paths)
    figure('requests', first, ({ requests }) => requests, fewest, 1.15 * fewest)
  } else {
    for (const [name, samples] of [
      ['first', first],
      ['unchanged', unchanged],
    ] as const) {
      const [sample] = samples
      if (sample === undefined) continue
      // Concurrency is adaptive and ends at 16; the measured response time already holds what the simulator itself takes.
      const bound = Math.max(
        table.median(samples.map(({ cpuSeconds }) => cpuSeconds)),
        (sample.requests * floor.responseMilliseconds) / 1000 / 16,
      )
      figure(`${name} backup, wall s, ${at}`, samples, ({ wallSeconds }) => wallSeconds, bound, 1.5 * bound)
    }
  }
}

function figure(name: string, samples: readonly Sample[], pick: (sample: Sample) => number, floor: number, target: number): void {
  table.figure(name, samples.map(pick), floor, target)
}

/** The fewest requests that the page sizes of Jira's documents allow for what the site holds. */
function fewestRequests({ objects }: Sample, paths: readonly string[]): number {
  const pages = (type: string, size: number) => Math.max(1, Math.ceil((objects[type] ?? 0) / size))
  const asked = (pattern: RegExp) => new Set(paths.map((path) => path.split('?')[0] as string).filter((path) => pattern.test(path))).size
  const tabs = asked(/\/screens\/[0-9]+\/tabs\/[0-9]+\/fields$/)
  return (
    pages('jira/status', 200) +
    1 +
    pages('jira/field', 50) +
    // Contexts of each field, options of each context that has some, defaults of each field.
    asked(/\/field\/[^/]+\/context$/) +
    asked(/\/context\/[0-9]+\/option$/) +
    asked(/\/context\/defaultValues?$/) +
    asked(/\/context\/(?:projectmapping|issuetypemapping)$/) +
    pages('jira/screen', 100) +
    Math.ceil(tabs / 100) +
    tabs +
    // The bulk listing of tabs does not say in which order they stand: that costs one request for each screen that has several.
    asked(/\/screens\/[0-9]+\/tabs$/) +
    pages('jira/workflow', 50) +
    pages('jira/workflow-scheme', 50) +
    // Spaces: the list, their workflow schemes, each space; who leads a component is told only by the list of components.
    2 * pages('jira/project', 100) +
    (objects['jira/project'] ?? 0) +
    asked(/\/project\/[0-9]+\/components$/)
  )
}

async function simulated(latency: number): Promise<AsyncDisposable & { readonly site: Site }> {
  const child = spawn(process.execPath, [cli, 'simulator', '--site', values.site, '--latency', String(latency)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) {
    const site = JSON.parse(line) as Site
    return { site, [Symbol.asyncDispose]: async () => void child.kill() }
  }
  throw new Error('The simulator did not start.')
}

async function backUp(name: string, site: Site, times: number): Promise<readonly Sample[]> {
  const folder = join(home, name, 'repository')
  const env = { ...process.env, XDG_CONFIG_HOME: join(home, name, 'config'), TIDEMARK_EMAIL: site.email, TIDEMARK_TOKEN: site.token }
  await run(process.execPath, [cli, 'init', folder, '--site', 'bench', '--url', site.url, '--allow-host', new URL(site.url).host], { env })
  const samples: Sample[] = []
  for (let index = 0; index < times; index += 1) {
    const once = [...nodeFlags, join(root, 'test', 'bench', 'backup-once.ts'), folder]
    const { stdout } = await run(process.execPath, once, { env: { ...nodeEnvironment, ...env } })
    samples.push(JSON.parse(stdout) as Sample)
  }
  await rm(join(home, name), { recursive: true, force: true })
  return samples
}

async function replay(site: Site, paths: readonly string[], client: 'bare' | 'own'): Promise<Floor> {
  const file = join(home, 'paths.json')
  await writeFile(file, JSON.stringify(paths))
  const env = { ...process.env, BENCH_AUTHORISATION: `Basic ${Buffer.from(`${site.email}:${site.token}`).toString('base64')}` }
  const once = [...nodeFlags, join(root, 'test', 'bench', 'replay.ts'), site.url, file, '16', client]
  const { stdout } = await run(process.execPath, once, { env: { ...nodeEnvironment, ...env } })
  return JSON.parse(stdout) as Floor
}
