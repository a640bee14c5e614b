import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decryptSops } from 'sops-age'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupResult } from '../../src/flows/backup.ts'
import { readSiteFile } from '../../src/flows/site-file.ts'
import { openStored, snapshotAt, stored } from '../../src/flows/stored.ts'
import type { Product } from '../../src/model/product.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'
import { addressAt } from '../../src/repository/layout.ts'
import { fixtures } from '../fixtures/jira/index.ts'
import { catalogue, type OpenedSite } from '../support/site.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

let whole: WholeSite
let first: BackupResult

beforeAll(async () => {
  whole = await wholeSite()
  for (const { seed } of fixtures) await seed(whole.admin)
  first = await whole.backup()
})

afterAll(() => whole?.[Symbol.asyncDispose]())

describe('a first backup', () => {
  it('succeeds and says what it found', () => {
    expect(first.state).toBe('success')
    expect(first.findings).toEqual([])
    expect(first.changes).toHaveLength(Object.values(first.counts).reduce((sum, { objects }) => sum + objects, 0))
    for (const { objects, added, complete } of Object.values(first.counts))
      expect({ objects, complete }).toEqual({ objects: added, complete: true })
    for (const { type } of fixtures) expect(first.counts[type]?.objects).toBeGreaterThan(0)
  })

  it('leaves key.yaml, site.yaml, bindings, and one file for each object at its own place', () => {
    const paths = [...whole.files().keys()]
    const others = paths.filter((path) => addressAt(path) === undefined && !path.startsWith('bindings/'))
    expect(others).toEqual(['key.yaml', 'site.yaml'])
    expect(paths.filter((path) => addressAt(path) !== undefined)).toHaveLength(first.changes.length)
    expect(paths).toContain('jira/screen/bug-create-edit.yaml')
    expect(whole.files().get('key.yaml')).toBe(whole.files(`${whole.branch}~1`).get('key.yaml'))
  })

  it('binds every object and every part to the id that the site gave it', () => {
    const files = whole.files()
    const bindings = whole.bindings()
    for (const path of files.keys()) {
      const address = addressAt(path)
      if (address !== undefined) expect(bindings.idOf(address)).toBeDefined()
    }
    const [screen] = whole.site.state
      .store<{ id: string; name: string }>('screen')
      .all()
      .filter(({ name }) => name === 'Bug: create / edit')
    expect(bindings.idOf('jira/screen/bug-create-edit')).toBe(screen?.id)
    expect([...bindings.entries()].filter(([address]) => address.startsWith('jira/screen/bug-create-edit#tab/'))).toHaveLength(3)
  })

  it('names in site.yaml the site, and each type as complete', () => {
    const site = readSiteFile(whole.files().get('site.yaml') ?? '')
    expect(site).toMatchObject({ format: 1, url: whole.site.url, cloudId: whole.site.cloudId })
    expect(Object.keys(site.types).sort()).toEqual(catalogue.types.map(({ name }) => name).sort())
    expect(Object.values(site.types).every(({ complete }) => complete)).toBe(true)
  })

  it('leaves one line of the run that points at the snapshot', () => {
    expect(whole.git('rev-list', '--count', whole.runs)).toBe('1')
    expect(whole.lastRun()).toMatchObject({ flow: 'backup', site: 'acme', state: 'success', snapshot: first.commit, findings: [] })
  })

  it('makes commits whose signatures git itself accepts', () => {
    const signers = join(whole.folder, 'allowed_signers')
    writeFileSync(signers, `* ${whole.signer.publicKey}\n`)
    for (const commit of [first.commit ?? '', first.run]) {
      expect(() => whole.git('-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${signers}`, 'verify-commit', commit)).not.toThrow()
    }
  })

  it('seals documents that an independent reader of SOPS opens to the very same resources', async () => {
    const secretKey = await whole.siteKey()
    const site = await whole.open()
    const texts = whole.files()
    const from = await stored(site, first.commit)
    let read = 0
    for await (const { address, spec } of openStored(site, from)) {
      const text = texts.get(from.files.get(address)?.path ?? '') ?? ''
      expect(await decryptSops(text, { fileType: 'yaml', secretKey })).toEqual({ address, spec })
      read += 1
    }
    expect(read).toBe(first.changes.length)
  })
})

describe('I8 a quiet site', () => {
  it('makes no commit, whatever the order and the length of its pages, and exactly one line of its runs', async () => {
    const before = [whole.git('rev-parse', whole.branch), Number(whole.git('rev-list', '--count', whole.runs))] as const
    const again = await whole.backup()
    setPageSize(whole, 3)
    const smallPages = await whole.backup()
    setPageSize(whole, undefined)
    const shuffled = await whole.open()
    const { state, commit } = await whole.backup({}, { connected: shuffledProducts(shuffled) })

    expect([again.commit, smallPages.commit, commit]).toEqual([undefined, undefined, undefined])
    expect([again.state, smallPages.state, state]).toEqual(['success', 'success', 'success'])
    expect(whole.git('rev-parse', whole.branch)).toBe(before[0])
    expect(Number(whole.git('rev-list', '--count', whole.runs))).toBe(before[1] + 3)
    expect(whole.lastRun()).toMatchObject({ snapshot: first.commit, changes: [] })
  })

  it('gives the same plain resources to another repository that reads it in another order', async () => {
    await using other = await wholeSite()
    setPageSize(whole, 7)
    const opened = await whole.open({ repository: other.repository, vault: (await other.open()).vault, trusted: [other.signer.publicKey] })
    const there = await other.backup({}, { ...opened, connected: shuffledProducts(opened) })
    setPageSize(whole, undefined)

    const ours = await whole.open()
    const theirs = await other.open()
    const [mine, their] = [await stored(ours, first.commit), await stored(theirs, there.commit)]
    expect(await snapshotAt(theirs, their)).toEqual(await snapshotAt(ours, mine))
    expect(their.bindingTexts).toEqual(mine.bindingTexts)
    expect(their.siteText).toBe(mine.siteText)
  })

  it('shows one changed value as one line, beside mac and lastmodified, of one file', async () => {
    const screen = whole.site.state.store<{ id: string; name: string; description: string }>('screen')
    const [one] = screen.all().filter(({ name }) => name === 'Nothing on it')
    screen.change(one?.id ?? '', { description: 'Still nothing' })
    const { commit, changes } = await whole.backup()

    expect(changes.map(({ address, what }) => [address, what])).toEqual([['jira/screen/nothing-on-it', 'changed']])
    expect(whole.git('diff', '--name-only', `${commit}~1`, `${commit}`)).toBe('jira/screen/nothing-on-it.yaml')
    const added = whole
      .git('diff', '--unified=0', `${commit}~1`, `${commit}`)
      .split('\n')
      .filter((line) => /^\+(?!\+\+)/.test(line))
    expect(added.map((line) => /^\+\s*(\w+):/.exec(line)?.[1])).toEqual(['description', 'lastmodified', 'mac'])
  })
})

describe('a repository with a work tree', () => {
  it('is backed up into without a look at the work tree', async () => {
    await using other = await wholeSite({ workTree: true })
    const { state, commit } = await other.backup()
    expect([state, other.git('rev-parse', other.branch)]).toEqual(['success', commit])
    expect(other.git('status', '--porcelain')).toBe('')
    expect(other.git('ls-files')).toBe('')
  })
})

function setPageSize({ site }: WholeSite, pageSize: number | undefined): void {
  Object.assign(site.state, { pageSize })
}

/** The same products, but each type's listing comes in another order, and the types in another order too. */
function shuffledProducts({ connected }: OpenedSite): OpenedSite['connected'] {
  return connected.map(({ product, site }) => ({
    site,
    product: {
      ...product,
      types: product.types.toReversed().map(
        (type): ResourceType => ({
          ...type,
          async *read(from) {
            const items = await Array.fromAsync(type.read(from))
            yield* items.toReversed()
          },
        }),
      ),
    } satisfies Product,
  }))
}
