import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { backup } from '../../src/flows/backup.ts'
import { snapshotAt, stored } from '../../src/flows/stored.ts'
import { connectSite, openSite } from '../../src/wiring/open.ts'
import { fixture as screens } from '../fixtures/jira/screen.ts'
import { type InitialisedSite, initialisedSite } from '../support/initialised-site.ts'
import { plainGit } from '../support/whole-site.ts'
import { startBackup } from './killed-kit.ts'

const kills = 10

function git({ place }: InitialisedSite, ...args: string[]): string {
  return execFileSync('git', ['-C', place.folder, ...args], {
    encoding: 'utf8',
    env: plainGit,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd()
}

async function contentOf(site: InitialisedSite) {
  await using opened = await openSite(site.place, 'acme')
  const from = await stored(opened.deps, await opened.deps.repository.head('sites/acme'))
  return {
    snapshot: await snapshotAt(opened.deps, from),
    bindings: from.bindingTexts,
    site: from.siteText?.replace(/127\.0\.0\.1:\d+/, 'host'),
  }
}

async function run({ place }: InitialisedSite) {
  await using opened = await openSite(place, 'acme', { signs: true })
  return backup(connectSite(opened))
}

describe('I10 a backup that is killed', () => {
  it('at any moment leaves a sound repository, and the next one ends as if nothing had been', async () => {
    await using site = await initialisedSite()
    await mkdir(site.environment['TMPDIR'] ?? '', { recursive: true })
    await screens.seed(site.admin)
    const statuses = site.site.state.store<{ id: string; name: string; description: string }>('status')
    const moments: number[] = []
    let next = startBackup(site)
    for (let kill = 0; kill < kills; kill += 1) {
      for (const { id } of statuses.all()) statuses.change(id, { description: `Before kill ${kill}` })
      const child = await next
      if (kill < kills - 1) next = startBackup(site)
      const moment = Math.round(Math.random() * 400)
      moments.push(moment)
      child.send('go')
      await wait(moment)
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
      expect(git(site, 'fsck', '--strict', '--full', '--no-dangling'), `killed after ${moments} ms`).toBe('')
      const head = git(site, 'rev-parse', 'sites/acme')
      const lines = git(site, 'for-each-ref', '--format=%(refname)', 'refs/heads/tidemark/').split('\n').filter(Boolean)
      // The branch and the line moved together, or neither did.
      if (lines.length === 0) expect(git(site, 'rev-list', '--count', 'sites/acme')).toBe('1')
      else expect(JSON.parse(git(site, 'show', 'tidemark/runs/acme:run.json')).snapshot).toBe(head)
    }
    const end = await run(site)
    expect(end.state, `killed after ${moments} ms`).toBe('success')
    expect(git(site, 'fsck', '--strict', '--full', '--no-dangling')).toBe('')
    expect(await readdir(join(site.place.folder, '.git', 'tidemark', 'staging'))).toEqual([])
    expect(await readdir(site.environment['TMPDIR'] ?? '')).toEqual([])

    await using other = await initialisedSite()
    await screens.seed(other.admin)
    const others = other.site.state.store<{ id: string; name: string; description: string }>('status')
    for (const { id } of others.all()) others.change(id, { description: `Before kill ${kills - 1}` })
    await run(other)
    expect(await contentOf(site)).toEqual(await contentOf(other))
  })
})
