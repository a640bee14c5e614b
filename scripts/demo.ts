// The main job, told once from beginning to end on a simulated site. Asks nothing, needs no network.
import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { acme } from '../src/simulator/presets.ts'
import { startSimulator } from '../src/simulator/simulator.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const home = join(process.cwd(), 'tidemark-demo')
const folder = join(home, 'repository')
const started = performance.now()

await rm(home, { recursive: true, force: true })
await mkdir(folder, { recursive: true })

await using simulator = await startSimulator({ sites: [{ name: 'acme', fill: acme() }], seed: 1 })
const jira = simulator.site('acme')
const ann = jira.admin('Ann Example')
// Keys go beside the repository, not into your own configuration.
const environment = {
  ...process.env,
  XDG_CONFIG_HOME: join(home, 'config'),
  TIDEMARK_ACME_EMAIL: jira.email,
  TIDEMARK_ACME_TOKEN: jira.token,
}

say('1. A simulated Jira Cloud site', `${jira.url}: ${await inventory()}`)

say('2. A repository for its configuration')
await tidemark('init', folder, '--site', 'acme', '--url', jira.url, '--allow-host', new URL(jira.url).host)
console.log('\n   $ git add --all && git commit -m "Begin backups of acme"\n')
await git('add', '--all')
await git('-c', 'user.name=You', '-c', 'user.email=you@example.com', 'commit', '--quiet', '-m', 'Begin backups of acme')
await tidemark('doctor')

say('3. The first backup: everything, encrypted and signed')
await tidemark('backup', '--quiet')

say('4. Again: nothing changed, so no commit, but a line that says it ran')
await tidemark('backup', '--quiet')

say('5. An administrator changes three things in Jira')
for (const change of await changeThreeThings()) console.log(`   ${change}`)

say('6. The next backup is one small commit')
await tidemark('backup', '--quiet')
await tidemark('diff')

say('7. One of the three was a mistake: it alone is undone, by a plan first')
await tidemark('undo', 'HEAD', '--select', 'jira/screen', '--id', 'screen-mistake')
await tidemark('plan', 'screen-mistake')
await tidemark('apply', 'screen-mistake')

say('8. The night after')
await tidemark('backup', '--quiet')
await tidemark('log')
await tidemark('verify')

say(
  `Done in ${((performance.now() - started) / 1000).toFixed(0)} s. What to try next`,
  `The repository stays in ${relative(process.cwd(), folder)}; its recovery sheet and keys lie beside it.

   cd ${quoted(relative(process.cwd(), folder))}
   export XDG_CONFIG_HOME=${quoted(join(home, 'config'))}
   alias tidemark=${quoted(`node ${quoted(join(root, 'dist', 'cli', 'launcher.js'))}`)}

   tidemark show                          the addresses of everything in the last snapshot
   tidemark show jira/status/to-do        one object, decrypted
   tidemark diff HEAD~2 HEAD              what is left of the three changes after the undo
   tidemark log jira/status/to-do         the history of one object
   git --no-pager log --stat sites/acme   the same history, in plain Git
   git --no-pager show sites/acme         and what others see of it: ciphertext

   The simulated site is gone by now; tidemark simulator starts another one.
   With a site of your own: tidemark init --help`,
)

/** A text as one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function say(title: string, text?: string): void {
  console.log(`\n== ${title}${text === undefined ? '' : `\n   ${text}`}`)
}

async function tidemark(...words: readonly string[]): Promise<void> {
  console.log(`   $ tidemark ${words.map((word) => (word === folder ? relative(process.cwd(), word) : word)).join(' ')}`)
  const program = join(root, 'dist', 'cli', 'main.js')
  const { stdout, stderr } = await run(process.execPath, [program, ...words], { cwd: folder, env: environment, maxBuffer: 2 ** 26 }).catch(
    (error: { code: number; stdout: string; stderr: string }) => {
      // 2: changes or findings await a person, which is what diff and doctor are asked for.
      if (error.code === 2) return error
      console.error(error.stdout + error.stderr)
      throw new Error(`tidemark ${words[0]} failed with exit code ${error.code}`)
    },
  )
  show(`${stderr}${stdout}`)
}

function show(text: string): void {
  // Whoever watches needs no longer path than the one from here.
  for (const line of text.trimEnd().replaceAll(`${process.cwd()}/`, '').split('\n')) console.log(`   ${line}`.trimEnd())
}

async function git(...words: readonly string[]): Promise<string> {
  return (await run('git', words, { cwd: folder })).stdout
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${jira.url}${path}`, {
    method,
    headers: { authorization: `Basic ${Buffer.from(`${ann.email}:${ann.token}`).toString('base64')}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

interface Page<T> {
  readonly total: number
  readonly values: readonly T[]
}
interface Named {
  readonly id: string
  readonly name: string
}

async function inventory(): Promise<string> {
  const kinds = {
    projects: 'project/search',
    workflows: 'workflows/search',
    'custom fields': 'field/search?type=custom',
    screens: 'screens',
  }
  const counts = await Promise.all(
    Object.entries(kinds).map(async ([kind, path]) => `${(await call<Page<unknown>>('GET', `/rest/api/3/${path}`)).total} ${kind}`),
  )
  return counts.join(', ')
}

/** What administrators do on an ordinary day, through Jira's own API. */
async function changeThreeThings(): Promise<readonly string[]> {
  const [select] = (
    await call<Page<Named & { schema: { custom: string } }>>('GET', '/rest/api/3/field/search?type=custom&maxResults=50')
  ).values.filter(({ schema }) => schema.custom.endsWith(':select'))
  const field = select as Named
  const [context] = (await call<Page<Named>>('GET', `/rest/api/3/field/${field.id}/context`)).values
  await call('POST', `/rest/api/3/field/${field.id}/context/${context?.id}/option`, { options: [{ value: 'Platinum' }] })

  const statuses = (await call<Page<Named & { statusCategory: string }>>('GET', '/rest/api/3/statuses/search?maxResults=200')).values
  const status = statuses.find(({ name }) => name === 'Waiting for customer') as Named & { statusCategory: string }
  await call('PUT', '/rest/api/3/statuses', { statuses: [{ ...status, description: 'The customer has to answer before we can go on' }] })

  for (const screen of (await call<Page<Named>>('GET', '/rest/api/3/screens?maxResults=100')).values.filter(({ name }) =>
    name.endsWith('Edit screen'),
  )) {
    const [tab] = await call<readonly Named[]>('GET', `/rest/api/3/screens/${screen.id}/tabs`)
    const fields = await call<readonly Named[]>('GET', `/rest/api/3/screens/${screen.id}/tabs/${tab?.id}/fields`)
    if (tab === undefined || fields.length < 3) continue
    for (const { id } of fields.slice(0, 2)) await call('DELETE', `/rest/api/3/screens/${screen.id}/tabs/${tab.id}/fields/${id}`)
    const gone = fields.slice(0, 2).map(({ name }) => `"${name}"`)
    return [
      `adds the option "Platinum" to the field "${field.name}"`,
      `describes the status "${status.name}"`,
      `by mistake takes ${gone.join(' and ')} off the screen "${screen.name}"`,
    ]
  }
  throw new Error('The simulated site has no screen with three fields.')
}
