// npm run bench, second part: what planning and applying cost, with the floor beside each figure. Prints a table and writes bench-requests.json (--out).
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { nodeEnvironment, nodeFlags } from '../../src/cli/node-manners.ts'
import { jiraRates } from '../../src/lib/rate-limits.ts'
import { figures } from './figures.ts'

const run = promisify(execFile)
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, out: { type: 'string', default: 'bench-requests.json' } },
})
const runs = Number(values.runs)
const root = fileURLToPath(new URL('../..', import.meta.url))
const cli = join(root, 'dist', 'cli', 'main.js')

interface Site {
  readonly url: string
  readonly email: string
  readonly token: string
}
interface Told {
  readonly id: string
  readonly steps: number
  readonly errors: number
  readonly state: string
  readonly done: number
  readonly creates: Readonly<Record<string, number>>
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly peakMebibytes: number
  readonly requests: number
  readonly responseMilliseconds: number
  readonly byEndpoint: Readonly<Record<string, number>>
}
type Once = (...words: readonly string[]) => Promise<Told>

/** Requests, one after another, from a status to the context of a field in a space: made, read back, and so on. */
const longestChain = 12
const table = figures()
let changed = 0
const home = await mkdtemp(join(tmpdir(), 'tidemark-bench-'))
try {
  await planOfMany()
  await manyCreates()
  await oneChange()
} finally {
  await rm(home, { recursive: true, force: true })
}
const machine = { cores: cpus().length, node: process.version, runs }
await writeFile(values.out, `${JSON.stringify({ format: 1, machine, rows: table.rows }, null, 2)}\n`)
table.print(`${machine.cores} cores, Node ${machine.node}, ${runs} runs each, simulator in its own process.`)

/** A plan of 50 changes on a site of 10,000 objects: what it takes beyond reading the site, which a quiet backup does too. */
async function planOfMany(): Promise<void> {
  await using simulator = await child<Site>(cli, 'simulator', '--site', 'bench')
  const once = await repository('plan', { bench: simulator.told })
  await once('backup', 'bench')
  await changeStatuses(simulator.told, 50)
  await once('backup', 'bench')
  const { id } = await once('ask', 'bench', 'HEAD~1', 'jira/status')
  const [quiet, planned]: [Told[], Told[]] = [[], []]
  for (let index = 0; index < runs; index += 1) {
    quiet.push(await once('backup', 'bench'))
    planned.push(await once('plan', 'bench', id))
  }
  if (planned.some(({ steps, errors }) => steps !== 50 || errors > 0)) throw new Error(`planned ${planned[0]?.steps} steps, not 50`)
  table.figure(
    'plan of 50 changes, 10,000 objects, CPU s in all',
    planned.map(({ cpuSeconds }) => cpuSeconds),
    table.median(quiet.map(({ cpuSeconds }) => cpuSeconds)),
    10,
  )
  table.figure(
    'plan of 50 changes, 10,000 objects, wall s',
    planned.map(({ wallSeconds }) => wallSeconds),
    table.median(quiet.map(({ wallSeconds }) => wallSeconds)),
    60,
  )
  table.figure(
    'plan of 50 changes, 10,000 objects, peak MiB',
    planned.map(({ peakMebibytes }) => peakMebibytes),
    0,
    400,
  )
}

/** Some 2,000 objects of all types made on a fresh site, at 20 ms. */
async function manyCreates(): Promise<void> {
  const applied: Told[] = []
  for (let index = 0; index < runs; index += 1) {
    await using simulator = await child<{ full: Site; fresh: Site }>(join(root, 'test', 'bench', 'two-sites.ts'), '20', '4')
    const once = await repository(`apply-${index}`, simulator.told)
    await once('backup', 'full')
    await once('backup', 'fresh')
    const { id } = await once('ask', 'fresh', 'full', '**')
    const { errors } = await once('plan', 'fresh', id)
    if (errors > 0) throw new Error(`the plan has ${errors} errors`)
    applied.push(await once('apply', 'fresh', id))
  }
  const [first] = applied
  if (first === undefined || applied.some(({ state }) => state !== 'success')) throw new Error(`the apply ended as ${first?.state}`)
  const count = Object.values(first.creates).reduce((sum, one) => sum + one, 0)
  // Atlassian grants each endpoint and method so many requests a second: the busiest of them sets the pace, as long as nothing waits for longer chains.
  const busiest = Math.max(
    ...Object.entries(first.byEndpoint).map(([endpoint, requests]) => requests / (jiraRates[endpoint.split(' ')[0] ?? ''] ?? 50)),
  )
  const floor = Math.max(busiest, (longestChain * first.responseMilliseconds) / 1000)
  table.figure(
    `apply of ${count} creates, wall s, at 20 ms`,
    applied.map(({ wallSeconds }) => wallSeconds),
    floor,
    1.5 * floor,
  )
  table.figure(
    `apply of ${count} creates, requests`,
    applied.map(({ requests }) => requests),
    count,
    12 * count,
  )
  table.figure(
    `apply of ${count} creates, CPU s`,
    applied.map(({ cpuSeconds }) => cpuSeconds),
    0,
    60,
  )
  table.figure(
    `apply of ${count} creates, peak MiB`,
    applied.map(({ peakMebibytes }) => peakMebibytes),
    0,
    400,
  )
}

/** One status changed back, on a site of an ordinary company. */
async function oneChange(): Promise<void> {
  await using simulator = await child<{ full: Site; fresh: Site }>(join(root, 'test', 'bench', 'two-sites.ts'), '0', '1')
  const once = await repository('one', simulator.told)
  await once('backup', 'full')
  const both: number[] = []
  for (let index = 0; index < runs; index += 1) {
    await changeStatuses(simulator.told.full, 1)
    await once('backup', 'full')
    const { id } = await once('ask', 'full', 'HEAD~1', 'jira/status')
    const [planned, applied] = [await once('plan', 'full', id), await once('apply', 'full', id)]
    if (planned.steps !== 1 || applied.state !== 'success') throw new Error(`planned ${planned.steps} steps, ended as ${applied.state}`)
    both.push(planned.wallSeconds + applied.wallSeconds)
  }
  table.figure('one change, plan and apply, wall s', both, 0, 3)
}

/** Gives so many statuses another description. */
async function changeStatuses({ url, email, token }: Site, count: number): Promise<void> {
  const headers = { authorization: `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`, 'content-type': 'application/json' }
  changed += 1
  const found: { id: string; name: string; statusCategory: string; scope?: { type: string } }[] = []
  while (found.length < count) {
    const page = await fetch(`${url}/rest/api/3/statuses/search?maxResults=200&startAt=${found.length}`, { headers })
    found.push(...((await page.json()) as { values: typeof found }).values.filter(({ scope }) => scope?.type !== 'PROJECT'))
  }
  const statuses = found
    .slice(0, count)
    .map(({ id, name, statusCategory }) => ({ id, name, statusCategory, description: `Change ${changed}` }))
  const answer = await fetch(`${url}/rest/api/3/statuses`, { method: 'PUT', headers, body: JSON.stringify({ statuses }) })
  if (!answer.ok) throw new Error(`the statuses were not changed: ${answer.status}`)
}

/** A repository for these sites, and how to run one flow in it. */
async function repository(name: string, sites: Readonly<Record<string, Site>>): Promise<Once> {
  const folder = join(home, name, 'repository')
  const credentials = Object.entries(sites).flatMap(([site, { email, token }]) => [
    [`TIDEMARK_${site.toUpperCase()}_EMAIL`, email],
    [`TIDEMARK_${site.toUpperCase()}_TOKEN`, token],
  ])
  const env = { ...process.env, ...nodeEnvironment, XDG_CONFIG_HOME: join(home, name, 'config'), ...Object.fromEntries(credentials) }
  for (const [site, { url }] of Object.entries(sites)) {
    await run(process.execPath, [cli, 'init', folder, '--site', site, '--url', url, '--allow-host', new URL(url).host], { env, cwd: home })
  }
  return async (...words) => {
    const { stdout } = await run(process.execPath, [...nodeFlags, join(root, 'test', 'bench', 'request-once.ts'), folder, ...words], {
      env,
    })
    return JSON.parse(stdout) as Told
  }
}

async function child<Line>(program: string, ...words: readonly string[]): Promise<AsyncDisposable & { readonly told: Line }> {
  const started = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(started.stdout)) {
    return { told: JSON.parse(line) as Line, [Symbol.asyncDispose]: async () => void started.kill() }
  }
  throw new Error('The simulator did not start.')
}
