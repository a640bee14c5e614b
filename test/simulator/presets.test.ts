import { describe, expect, it } from 'vitest'
import type { ProjectRow, SchemeFamily } from '../../src/simulator/collections/project-row.ts'
import { runSimulator } from '../../src/simulator/main.ts'
import { acme, bench, benchMix, empty } from '../../src/simulator/presets.ts'
import { type SiteSeed, startSimulator } from '../../src/simulator/simulator.ts'
import type { Row, SiteState } from '../../src/simulator/state.ts'
import { asking } from '../judges/ask.ts'

async function withSite<T>(seed: SiteSeed, use: (state: SiteState) => T, number = 1): Promise<T> {
  await using simulator = await startSimulator({ sites: [seed], seed: number })
  return use(simulator.site(seed.name).state)
}

/** Everything a site holds, without the port it happens to listen on. */
function bytesOf(state: SiteState): string {
  const rows = state.families.map((family) => [family.name, state.store(family.name).all()])
  return JSON.stringify([state.cloudId, state.accounts.all(), rows]).replaceAll(state.url, '')
}

describe('invented sites', () => {
  it('are the same to the byte for one name and seed, and other ones for another', async () => {
    const seed = { name: 'acme', fill: acme() }
    const first = await withSite(seed, bytesOf)
    expect(await withSite(seed, bytesOf)).toBe(first)
    expect(await withSite(seed, bytesOf, 2)).not.toBe(first)
  })

  it('share no id of custom fields, statuses or screens with one another', async () => {
    const idsOf = (state: SiteState): string[] =>
      ['field', 'status', 'screen', 'workflow'].flatMap((family) =>
        state
          .store(family)
          .all()
          .map(({ id }) => `${family} ${id}`),
      )
    const own = (ids: string[]): string[] => ids.filter((id) => !/^field [a-zA-Z]+$/.test(id))
    const one = own(await withSite({ name: 'acme', fill: acme() }, idsOf))
    const other = own(await withSite({ name: 'acme-copy', fill: acme() }, idsOf))
    expect(new Set([...one, ...other]).size).toBe(one.length + other.length)
  })

  it('hold a company with everything that the acceptance asks for', async () => {
    const { size, live } = await withSite({ name: 'acme', fill: acme() }, (state) => ({
      size: (family: string) => state.store(family).size,
      live: state
        .store<ProjectRow>('project')
        .all()
        .filter((project) => project.state === 'live' && !project.simplified).length,
    }))
    expect(live).toBeGreaterThanOrEqual(30)
    expect(size('workflow')).toBeGreaterThanOrEqual(40)
    expect(size('field')).toBeGreaterThanOrEqual(190)
    expect(size('field-context')).toBeGreaterThan(150)
    expect(size('option')).toBeGreaterThan(300)
  })

  it('are what Jira would have let somebody make: names unique, references alive', async () => {
    await withSite({ name: 'acme', fill: acme({ scale: 5 }) }, (state) => {
      for (const family of state.families) {
        const store = state.store<Row>(family.name)
        for (const row of store.all()) {
          for (const place of (family.unique ?? []).keys())
            expect(store.clash(place, row), `${family.name} ${JSON.stringify(row)}`).toBeUndefined()
          for (const { to, ids } of family.references ?? []) {
            if (!state.has(to as SchemeFamily)) continue
            const lost = [...ids(row)].filter((id: string) => id !== '' && state.store(to).get(id) === undefined)
            expect(lost, `${family.name} ${row.id} names ${to}`).toEqual([])
          }
        }
      }
    })
  })

  it('make the benches a site of exactly 10,000 objects in the mix that is documented', async () => {
    await withSite({ name: 'bench', fill: bench() }, (state) => {
      for (const [family, count] of Object.entries(benchMix)) expect([family, state.store(family).size]).toEqual([family, count])
    })
    expect(Object.values(benchMix).reduce((sum, count) => sum + count, 0)).toBe(10_000)
  })

  it('leave a fresh site with its default objects', async () => {
    await using simulator = await startSimulator({ sites: [{ name: 'fresh', fill: empty() }] })
    const ask = asking(simulator.site('fresh'))
    expect((await ask('GET', '/rest/api/3/issuetype')).body.map(({ name }: { name: string }) => name)).toEqual([
      'Epic',
      'Story',
      'Task',
      'Bug',
      'Sub-task',
    ])
    expect((await ask('GET', '/rest/api/3/project/search')).body.total).toBe(0)
  })
})

describe('the program', () => {
  it('prints one JSON line, serves until it is stopped, and closes', async () => {
    const stop = new AbortController()
    const lines: string[] = []
    const running = runSimulator({
      site: 'empty',
      scale: 1,
      latency: 0,
      port: 0,
      seed: 1,
      signal: stop.signal,
      stdout: (text) => lines.push(text),
    })
    await expect.poll(() => lines.length).toBe(1)

    const told = JSON.parse(lines[0] ?? '')
    expect(Object.keys(told)).toEqual(['url', 'email', 'token', 'cloudId', 'site'])
    expect((await asking(told)('GET', '/rest/api/3/myself')).body.emailAddress).toBe(told.email)

    stop.abort()
    await running
    await expect(fetch(told.url)).rejects.toThrow()
  })
})
