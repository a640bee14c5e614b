import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, desk, leaksIn } from './kit.ts'

let at: Desk
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  at = await desk({ sites: ['acme', 'refreshed'] })
  expect(await at.init()).toMatchObject({ code: 0 })
  expect((await at.run(['backup', '--quiet'])).code).toBe(0)
  const file = join(at.folder, 'tidemark.yaml')
  const [before, after] = [at.site.url, at.siteNamed('refreshed').url]
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(before, after).replaceAll(new URL(before).host, new URL(after).host))
  env = { TIDEMARK_ACME_TOKEN: at.siteNamed('refreshed').token }
})

afterAll(() => at?.[Symbol.asyncDispose]())

describe('rebind', () => {
  it('is what a backup of a refreshed site asks for', async () => {
    const ran = await at.run(['backup', '--quiet'], { env })

    expect(ran).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('tidemark rebind acme') })
  })

  it('tells what it would do and the command that does it, and writes nothing', async () => {
    const before = at.everything()

    const ran = await at.run(['rebind', 'acme'], { env })

    expect(ran.code).toBe(2)
    expect(ran.stdout).toMatch(
      /^acme: \d+ objects found again, 0 not; the next backup finds 0 added, 0 changed, 0 removed\.\nNothing was written\./,
    )
    expect(ran.stdout).toContain(`tidemark rebind acme --accept-site ${at.siteNamed('refreshed').cloudId}`)
    expect(at.everything()).toBe(before)
    expect(leaksIn(ran, at)).toEqual([])
  })

  it('refuses another site than the one that was accepted', async () => {
    const before = at.everything()

    const ran = await at.run(['rebind', 'acme', '--accept-site', at.site.cloudId], { env })

    expect(ran).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('[ACCESS_OTHER_SITE]') })
    expect(at.everything()).toBe(before)
  })

  it('binds the site that was accepted; the next backup finds nothing changed', async () => {
    const { cloudId } = at.siteNamed('refreshed')

    const ran = await at.run(['rebind', 'acme', '--accept-site', cloudId, '--json', '--quiet'], { env })
    const backup = await at.run(['backup', '--quiet', '--json'], { env })
    const again = await at.run(['rebind', 'acme'], { env })

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ran.stdout)).toMatchObject({ format: 1, verb: 'rebind', site: 'acme', to: cloudId, lost: [], changed: [], added: [] })
    expect(backup.code).toBe(0)
    expect(JSON.parse(backup.stdout)).toMatchObject({ state: 'success', changed: false, commit: null })
    expect(at.git('log', '--format=%s', '-1', 'sites/acme')).toMatch(
      /^acme: bound to the site that took its place, \d+ objects found, 0 not\n$/,
    )
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('[REBIND_SAME_SITE]') })
  })
})
