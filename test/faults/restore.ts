// A restore of a whole small site into a fresh one, ready to be applied, killed and resumed as often as one likes: each time everything is as it was.
import type { ChildProcess } from 'node:child_process'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { askRestore, lastSnapshot } from '../../src/flows/ask.ts'
import { backup } from '../../src/flows/backup.ts'
import { planRequest } from '../../src/flows/plan-request.ts'
import { findRequest, lifeOf, recordPlan } from '../../src/flows/request-branch.ts'
import { snapshotAt, stored } from '../../src/flows/stored.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { canonicalJson } from '../../src/model/json.ts'
import type { Plan } from '../../src/model/plan.ts'
import { createRepository } from '../../src/repository/open.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { initialise } from '../../src/wiring/init.ts'
import { connectSite, openSite, type Place } from '../../src/wiring/open.ts'
import { sourcesOf } from '../../src/wiring/requests.ts'
import { makeField, makeStatuses } from '../fixtures/jira/fixture.ts'
import { fixtures } from '../fixtures/jira/index.ts'
import { connect } from '../support/site.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { outcomeOf, type Said, startApply } from './apply-process.ts'
import { type Gate, newGate } from './gate.ts'

export interface ReadyRestore extends AsyncDisposable {
  readonly gate: Gate
  readonly plan: Plan
  /** Puts everything back: repositories, keys, and the destination as it was before the first write. */
  afresh(): Promise<void>
  /** A process about to apply the request, or to resume it, in this clone or in another one; it waits for a message. */
  start(clone: 'here' | 'there', label?: number): Promise<ChildProcess>
  /** Lets a process run to its end, however that comes: what it said, and undefined for one that was killed. */
  outcome(child: ChildProcess): Promise<Said | undefined>
  /** What the destination holds, by the site's own account: names by family, in order, however often each occurs. */
  walk(): Readonly<Record<string, readonly string[]>>
  /** What the last snapshot of the destination says, in symbols. */
  snapshot(clone: 'here' | 'there'): Promise<string>
  /** State of the request's life. */
  life(clone: 'here' | 'there'): ReturnType<typeof lifeOf>
}

const id = 'kill-me'
/** Statuses, screens and fields that the source has beside what the fixtures make. */
const more = { statuses: 8, screens: 7, fields: 8 }

export async function readyRestore(): Promise<ReadyRestore> {
  const temporary = await temporaryFolder()
  const root = join(temporary.path, 'now')
  const kept = join(temporary.path, 'kept')
  const clones = { here: join(root, 'here'), there: join(root, 'there') }
  const gate = await newGate()
  const destination = () => startSimulator({ sites: [{ name: 'fresh' }], seed: 12 })
  let simulator: Simulator = await destination()
  gate.towards(simulator.site('fresh').url)

  const source = await startSimulator({ sites: [{ name: 'acme' }], seed: 11 })
  const { jira: admin } = connect(source.site('acme'))
  for (const fixture of fixtures) await fixture.seed(admin)
  await makeStatuses(admin, ...Array.from({ length: more.statuses }, (_none, index) => [`Extra ${index}`, 'TODO'] as const))
  for (let index = 0; index < more.screens; index += 1) {
    await admin.post('/rest/api/3/screens', { body: { name: `Extra screen ${index}`, description: `Number ${index}` } })
  }
  for (let index = 0; index < more.fields; index += 1) await makeField(admin, `Extra field ${index}`, 'textfield', 'textsearcher')

  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    XDG_CONFIG_HOME: join(root, 'config'),
    TMPDIR: root,
    NODE_COMPILE_CACHE: join(temporary.path, 'compiled'),
    TIDEMARK_ACME_EMAIL: source.site('acme').email,
    TIDEMARK_ACME_TOKEN: source.site('acme').token,
    TIDEMARK_FRESH_EMAIL: simulator.site('fresh').email,
    TIDEMARK_FRESH_TOKEN: simulator.site('fresh').token,
  }
  const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }
  const place = (clone: 'here' | 'there'): Place => ({ folder: clones[clone], environment, context })

  await mkdir(root, { recursive: true })
  const remote = join(root, 'remote')
  await createRepository(remote, { bare: true })
  for (const [site, url] of [
    ['acme', source.site('acme').url],
    ['fresh', gate.url],
  ] as const) {
    await initialise(place('here'), {
      ...{ folder: clones.here, site, url, encrypt: 'all', allowHosts: [new URL(url).host], recoverySheet: join(root, `${site}.txt`) },
      ...(site === 'acme' ? { remote } : {}),
    })
  }
  for (const site of ['acme', 'fresh']) {
    const opened = await openSite(place('here'), site, { signs: true })
    await backup(connectSite(opened))
  }
  const plan = await asked()
  await source.stop()
  await admin.close()
  // Another machine's clone: same settings and keys, an own repository.
  await cp(clones.here, clones.there, { recursive: true })
  await rm(join(clones.there, '.git', 'tidemark', 'clone'), { force: true })
  await cp(root, kept, { recursive: true })

  async function asked(): Promise<Plan> {
    const [to, from] = [await openSite(place('here'), 'fresh', { signs: true }), await openSite(place('here'), 'acme')]
    await askRestore(to.deps, from.deps, await lastSnapshot(from.deps), { id, select: ['**'], delete: [] })
    const request = await findRequest(to.deps.repository, id)
    const planned = await planRequest(connectSite(to), request, await sourcesOf(to, request))
    await recordPlan(to.deps.repository, id, await lifeOf(to.deps.repository, id, to.deps.trusted), planned.plan)
    return planned.plan
  }

  return {
    gate,
    plan,
    async afresh() {
      await simulator.stop()
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
      await cp(kept, root, { recursive: true })
      simulator = await destination()
      gate.towards(simulator.site('fresh').url)
    },
    start: (clone, label) => startApply(clones[clone], 'fresh', id, environment, label),
    outcome: outcomeOf,
    walk() {
      const { state } = simulator.site('fresh')
      const names = state.families.map(({ name: family }) => {
        const rows = [...state.store(family).all()] as { readonly name?: string }[]
        return [family, rows.map(({ name = '' }) => name).sort()] as const
      })
      return Object.fromEntries(names)
    },
    async snapshot(clone) {
      const { deps } = await openSite(place(clone), 'fresh')
      const resources = await snapshotAt(deps, await stored(deps, await lastSnapshot(deps)))
      return canonicalJson([...resources.values()].sort((a, b) => (a.address < b.address ? -1 : 1)) as never)
    },
    async life(clone) {
      const { deps } = await openSite(place(clone), 'fresh')
      return lifeOf(deps.repository, id, deps.trusted)
    },
    async [Symbol.asyncDispose]() {
      await simulator.stop()
      await gate[Symbol.asyncDispose]()
      await temporary.remove()
    },
  }
}
