import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { inflateSync } from 'node:zlib'
import { decryptSops } from 'sops-age'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encryptionOf } from '../../src/flows/encryption.ts'
import { verify } from '../../src/flows/verify.ts'
import type { JiraSite } from '../../src/products/jira/site.ts'
import { makeField, makeProject, makeStatuses, makeWorkflow, scriptRules } from '../fixtures/jira/fixture.ts'
import { type InitialisedSite, initialisedSite } from '../support/initialised-site.ts'
import { catalogue } from '../support/site.ts'
import { blobsOf, plainGit, type WholeSite, wholeSite } from '../support/whole-site.ts'
import { startBackup } from './killed-kit.ts'

// Twenty texts that nobody would choose: without anything that an escape would hide, and such that no slug equals them.
const planted = Array.from({ length: 20 }, (_, index) => `Canary.${'abcdefghijklmnopqrst'[index]}.Wpqk`)
const [inFields, inOptions, inRules, inOthers] = [planted.slice(0, 5), planted.slice(5, 10), planted.slice(10, 15), planted.slice(15)]

/** Puts the planted texts where people put secrets. */
async function plant(admin: JiraSite): Promise<void> {
  for (const [index, secret] of inFields.entries()) {
    const id = await makeField(admin, `Secretive field ${index}`, 'select', 'multiselectsearcher')
    await admin.put('/rest/api/3/field/{id}', { params: { id }, body: { name: `Secretive field ${index}`, description: secret } })
    const path = '/rest/api/3/field/{fieldId}/context'
    const [context] = await Array.fromAsync(admin.pages<{ id: string }>(path, { size: 50, params: { fieldId: id } }))
    const body = { options: [{ value: inOptions[index], disabled: false }] }
    await admin.post(`${path}/{contextId}/option`, { params: { fieldId: id, contextId: context?.id ?? '' }, body })
  }
  const statuses = await makeStatuses(admin, ['Waits for the supplier', 'TODO'], ['Is paid & closed', 'DONE'])
  await admin.put('/rest/api/3/statuses', {
    body: { statuses: [{ id: statuses[0], name: 'Waits for the supplier', statusCategory: 'TODO', description: inOthers[0] }] },
  })
  const actions = scriptRules(inRules)
  await makeWorkflow(admin, 'Paying (external)', statuses, [
    { name: 'Ask for money', to: 0, type: 'INITIAL' },
    { name: 'Pay it now', to: 1, from: [0], more: { actions, description: inOthers[1] } },
  ])
  const url = `https://example.com/?key=${inOthers[2]}`
  await makeProject(admin, 'PAYX', 'Payments, foreign', { description: inOthers[3], url })
  await admin.post('/rest/api/3/screens', { body: { name: 'Payment screen (all)', description: inOthers[4] } })
}

function found(where: string): readonly string[] {
  return planted.filter((secret) => where.includes(secret))
}

describe('I5 twenty planted secrets', () => {
  let site: InitialisedSite
  const said: string[] = []

  beforeAll(async () => {
    site = await initialisedSite()
    await mkdir(site.environment['TMPDIR'] ?? '', { recursive: true })
    await plant(site.admin)
  })
  afterAll(() => site?.[Symbol.asyncDispose]())

  it('stand in no file that a backup leaves, not even one that was killed at its work', async () => {
    for (const moment of [90, 210, undefined]) {
      const child = await startBackup(site)
      const output = Promise.all([text(child.stdout as NodeJS.ReadableStream), text(child.stderr as NodeJS.ReadableStream)])
      child.send('go')
      if (moment !== undefined) {
        await wait(moment)
        child.kill('SIGKILL')
      }
      said.push(...(await output))
      expect(await readableIn(site.root)).toEqual([])
    }
  })

  it('are told by nothing that the backup says', () => {
    expect(JSON.parse(said.at(-2) ?? '')).toMatchObject({ state: 'success' })
    expect(found(said.join('\n'))).toEqual([])
  })

  it('stand in no object of the repository: no blob, tree or commit', () => {
    const everything = objectsOf(site.place.folder)
    expect(everything.length).toBeGreaterThan(60)
    expect(found(everything.join('\n'))).toEqual([])
    expect(everything.some((object) => object.includes('"flow": "backup"'))).toBe(true)
  })

  it('nor do the names of what the site holds: only addresses tell of them', () => {
    const everything = objectsOf(site.place.folder)
    const names = ['status', 'field', 'field-context', 'screen', 'workflow', 'project', 'option', 'issue-type'].flatMap((family) =>
      site.site.state
        .store<{ id: string; name?: string; value?: string }>(family)
        .all()
        .flatMap(({ name, value }) => name ?? value ?? []),
    )
    const telling = [...new Set(names)].filter((name) => /[A-Z]/.test(name) && /[^A-Za-z]/.test(name) && name.length > 6)
    expect(telling.length).toBeGreaterThan(25)
    expect(telling.filter((name) => everything.some((object) => object.includes(name)))).toEqual([])
    expect(everything.some((object) => object.includes('payment-screen-all'))).toBe(true)
  })
})

describe('I5 slugs: opaque', () => {
  it('hides also what addresses would tell', async () => {
    await using whole = await wholeSite()
    await plant(whole.admin)
    const slugs = [...inOptions, 'payment-screen-all', 'waits-for-the-supplier'].map((name) => name.toLowerCase().replaceAll('.', '-'))
    const told = () => slugs.filter((slug) => objectsOf(join(whole.folder, 'repository')).some((object) => object.includes(slug)))
    expect((await whole.backup({}, { slugKey: new Uint8Array(32).fill(3) })).state).toBe('success')
    expect(told()).toEqual([])
    expect((await whole.backup({}, { slugKey: new Uint8Array(32).fill(3) })).commit).toBeUndefined()
  })
})

describe('I5 what Jira answers', () => {
  it('is not repeated in findings, records and messages when it cannot be read', async () => {
    await using whole = await wholeSite()
    await whole.backup()
    const [secret = ''] = planted
    const strange = { id: 7, name: secret, statusCategory: { key: secret }, scope: secret, description: [secret] }
    whole.site.faults.add({
      path: '/rest/api/3/statuses/search',
      status: 200,
      body: { startAt: 0, maxResults: 200, total: 1, isLast: true, values: [strange] },
    })
    whole.site.faults.add({
      path: '/rest/api/3/screens',
      status: 403,
      body: { errorMessages: [`Refused: ${secret}`], errors: { [secret]: secret } },
    })
    const result = await whole.backup()
    expect(result.state).toBe('partial_success')
    expect(result.findings.map(({ code }) => code)).toEqual(['PRODUCT_UNKNOWN_SHAPE', 'BACKUP_REMOVALS_HELD', 'HTTP_FORBIDDEN'])
    expect(JSON.stringify(result)).not.toContain(secret)
    expect(found(objectsOf(join(whole.folder, 'repository')).join('\n'))).toEqual([])
  })
})

describe('encrypt: secrets', () => {
  let whole: WholeSite

  beforeAll(async () => {
    whole = await wholeSite()
    await plant(whole.admin)
    await whole.backup({}, { encryption: 'secrets' })
  })
  afterAll(() => whole?.[Symbol.asyncDispose]())

  it('leaves names readable and hides whatever a type declares secret, sensitive or opaque', () => {
    const files = [...whole.files()].filter(([path]) => path.startsWith('jira/'))
    const everything = files.map(([, content]) => content).join('\n')
    expect(everything).toContain('Waits for the supplier')
    expect(everything).toContain('Payments, foreign')
    expect(found(everything)).toEqual(planted.filter((secret) => !inRules.includes(secret)))
    const declared = encryptionOf({ encryption: 'secrets', catalogue })
    const keys = declared === 'all' ? [] : declared.keys
    const lines = everything.split('\n').filter((line) => keys.some((key) => new RegExp(`^[\\s-]*"?${key}"?: `).test(line)))
    expect(lines.length).toBeGreaterThanOrEqual(inRules.length)
    for (const line of lines) expect(line).toMatch(/: ENC\[AES256_GCM,/)
  })

  it('is read by an independent reader of SOPS, and by us', async () => {
    const secretKey = await whole.siteKey()
    const workflow = whole.files().get('jira/workflow/paying-external.yaml') ?? ''
    const read = JSON.stringify(await decryptSops(workflow, { fileType: 'yaml', secretKey }))
    for (const secret of inRules) expect(read).toContain(secret)
    const { findings, documents } = await verify(await whole.open({ encryption: 'secrets' }), whole.git('rev-parse', whole.branch))
    expect(findings).toEqual([])
    expect(documents).toBeGreaterThan(30)
  })

  it('is quiet on an unchanged site, and after a change to encrypt: all nothing is readable any more', async () => {
    expect((await whole.backup({}, { encryption: 'secrets' })).commit).toBeUndefined()
    const { commit } = await whole.backup({}, { encryption: 'all' })
    const paths = whole.git('ls-tree', '-r', '--name-only', `${commit}`, 'jira').split('\n')
    const files = whole.files(commit)
    const everything = paths.map((path) => files.get(path)).join('\n')
    expect(found(everything)).toEqual([])
    expect(everything).not.toContain('Waits for the supplier')
  })
})

/** Every object of a repository, reachable or not, as text. */
function objectsOf(folder: string): readonly string[] {
  const options = { encoding: 'utf8', env: plainGit } as const
  const list = execFileSync('git', ['-C', folder, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)'], options)
  return blobsOf(folder, list.trim().split('\n'))
}

/** Files below a folder in which a planted text is readable, loose Git objects taken out of their compression. */
async function readableIn(root: string): Promise<readonly string[]> {
  const bad: string[] = []
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path)
    if (found(`${bytes.toString('latin1')}${inflated(bytes)}`).length > 0) bad.push(path)
  }
  return bad
}

function inflated(bytes: Buffer): string {
  if (bytes[0] !== 0x78) return ''
  try {
    return inflateSync(bytes).toString('latin1')
  } catch {
    return ''
  }
}
