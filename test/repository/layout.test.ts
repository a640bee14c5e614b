import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import type { Address } from '../../src/model/address.ts'
import { bindingsOf } from '../../src/model/bindings.ts'
import {
  addressAt,
  branchOf,
  checkSite,
  layoutOf,
  leaseRefOf,
  messageOf,
  readBindings,
  resourcesIn,
  runsBranchOf,
  siteOf,
  writeBindings,
} from '../../src/repository/layout.ts'
import { readMessage } from '../../src/repository/message.ts'
import { checkPath, refOf } from '../../src/repository/names.ts'

const word = fc.stringMatching(/^[a-z0-9]{1,12}$/)
const slug = fc.array(word, { minLength: 1, maxLength: 4 }).chain((words) => fc.constantFrom(words.join('-'), words.join('--')))
const type = fc.constantFrom('jira/field', 'jira/screen-scheme', 'automation/rule')
const resource = fc.tuple(type, slug).map(([name, own]) => `${name}/${own}` as Address)
const address = fc.oneof(
  resource,
  fc.tuple(resource, slug).map(([owner, part]) => `${owner}#option/${part}` as Address),
)
const remoteId = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })

describe('where a resource stands', () => {
  it('is a path that says its address again, flat and split', () => {
    fc.assert(
      fc.property(fc.uniqueArray(resource, { maxLength: 30 }), (addresses) => {
        const flat = layoutOf(addresses)
        const paths = addresses.map((one) => flat.pathOf(one))

        expect(paths.map(addressAt)).toEqual(addresses)
        expect([...resourcesIn(paths)]).toEqual(addresses.map((one, index) => [one, paths[index]]))
        expect(paths.map(checkPath)).toEqual(paths)
      }),
    )
  })

  it('is the plain one for a small type', () => {
    expect(layoutOf(['jira/field/story-points']).pathOf('jira/field/story-points')).toBe('jira/field/story-points.yaml')
  })

  it('can be checked out on Windows though a slug is the name of a device', () => {
    const layout = layoutOf([])

    expect(layout.pathOf('jira/field/con')).toBe('jira/field/con-.yaml')
    expect(addressAt('jira/field/con-.yaml')).toBe('jira/field/con')
    expect(addressAt('jira/field/con.yaml')).toBeUndefined()
    expect(addressAt('jira/field/cons-.yaml')).toBeUndefined()
  })

  it('is split above 2,500 files, stays split until there are no more than half, and other types do not mind', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `jira/field/f${index}` as Address)
    const split = /^jira\/field\/[0-9a-f]{2}\/f0\.yaml$/
    const before = [layoutOf(many(2_501)).pathOf('jira/field/f0')]

    expect(layoutOf(many(2_500)).pathOf('jira/field/f0')).toBe('jira/field/f0.yaml')
    expect(before[0]).toMatch(split)
    expect(layoutOf(many(2_501)).pathOf('jira/screen/f0')).toBe('jira/screen/f0.yaml')
    expect(layoutOf(many(1_251), before).pathOf('jira/field/f0')).toBe(before[0])
    expect(layoutOf(many(1_250), before).pathOf('jira/field/f0')).toBe('jira/field/f0.yaml')
    expect(addressAt(before[0] as string)).toBe('jira/field/f0')
  })

  it('is recognised only where it should be', () => {
    for (const path of [
      'jira/field/zz/f0.yaml',
      'jira/field/00/f0.yaml',
      'jira/field/f0.yml',
      'jira/f0.yaml',
      'site.yaml',
      'jira/field/F0.yaml',
      'bindings/jira.field.yaml',
      '../jira/field/a.yaml',
      'jira/field/a---b.yaml',
      'bindings/field/a.yaml',
    ]) {
      expect(addressAt(path), path).toBeUndefined()
    }
  })

  it('is refused in two places at once', () => {
    const split = layoutOf(Array.from({ length: 2_501 }, (_, index) => `jira/field/f${index}` as Address)).pathOf('jira/field/f0')

    expect(() => resourcesIn(['jira/field/f0.yaml', split])).toThrow(expect.objectContaining({ code: 'REPOSITORY_TWO_FILES' }))
  })

  it('is refused for parts, for what is no address, and for what is too long', () => {
    for (const one of ['jira/field/a#option/b', 'jira/field/../x', 'jira/field/', `jira/field/${'a'.repeat(200)}`] as Address[]) {
      expect(() => layoutOf([]).pathOf(one)).toThrow(expect.objectContaining({ code: 'REPOSITORY_PATH_REFUSED' }))
    }
  })
})

describe('names', () => {
  it('of sites are short, lower-case and no device', () => {
    for (const site of ['a', '0', 'production', 'acme-sandbox-2', 'a'.repeat(63)]) expect(checkSite(site)).toBe(site)
    for (const site of ['', '-a', 'A', 'a b', 'a/b', '..', 'a.b', 'é', 'con', 'nul', 'a'.repeat(64), 'a\n']) {
      expect(() => checkSite(site), site).toThrow(expect.objectContaining({ code: 'SETTINGS_SITE_NAME' }))
    }
  })

  it('of branches follow from the site’s and lead back', () => {
    expect(refOf(branchOf('acme'))).toBe('refs/heads/sites/acme')
    expect(refOf(runsBranchOf('acme'))).toBe('refs/heads/tidemark/runs/acme')
    expect(refOf(leaseRefOf('acme'))).toBe('refs/tidemark/lease/acme')
    expect(siteOf('sites/acme')).toBe('acme')
    for (const branch of ['main', 'sites/', 'sites/a/b', 'sites/A', 'tidemark/runs/acme']) expect(siteOf(branch)).toBeUndefined()
  })
})

describe('bindings files', () => {
  const world = fc.uniqueArray(fc.tuple(address, remoteId, fc.boolean()), { selector: ([one]) => one, maxLength: 40 })

  it('say again what was written, to us and to any reader of YAML, whatever the ids are', () => {
    fc.assert(
      fc.property(world, (entries) => {
        const living = entries.filter(([, , alive]) => alive).map(([one, id]) => [one, id] as const)
        const dead = entries.filter(([, , alive]) => !alive).map(([one, id]) => [one, id] as const)
        const bindings = bindingsOf(living, dead)

        const files = writeBindings(bindings)
        const again = readBindings(files)

        expect([...again.entries()]).toEqual([...bindings.entries()])
        expect([...again.tombstones()]).toEqual([...bindings.tombstones()])
        const read = [...files.values()].map(
          (text) => load(text) as { bindings?: Record<string, string>; tombstones?: Record<string, string> },
        )
        expect(Object.assign({}, ...read.map((file) => file.bindings))).toEqual(Object.fromEntries(living))
        expect(Object.assign({}, ...read.map((file) => file.tombstones))).toEqual(Object.fromEntries(dead))
        expect([...files.values()].join('')).toMatch(/^[\x20-\x7e\n]*$/)
      }),
    )
  })

  it('are the same bytes for the same bindings in any order', () => {
    fc.assert(
      fc.property(world, (entries) => {
        const living = entries.map(([one, id]) => [one, id] as const)

        expect([...writeBindings(bindingsOf(living.toReversed()))].sort()).toEqual([...writeBindings(bindingsOf(living))].sort())
      }),
    )
  })

  it('are one a type, with the parts beside their owners', () => {
    const bindings = bindingsOf(
      [
        ['jira/field/story-points', 'customfield_10016'],
        ['jira/field/story-points#option/high', '10010'],
        ['jira/screen/default', '1'],
      ],
      [['jira/field/old', 'customfield_10001']],
    )

    expect(Object.fromEntries(writeBindings(bindings))).toEqual({
      'bindings/jira.field.yaml': `bindings:
  jira/field/story-points: "customfield_10016"
  jira/field/story-points#option/high: "10010"
tombstones:
  jira/field/old: "customfield_10001"
`,
      'bindings/jira.screen.yaml': 'bindings:\n  jira/screen/default: "1"\n',
    })
  })

  it('are refused where they are not as we write them, with the line', () => {
    const texts = {
      1: ['', 'bindings:', 'bindings: {}\n', '---\nbindings:\n', '  jira/field/a: "1"\n', '<<<<<<< ours\n'],
      2: [
        ...[
          'bindings:\n  jira/field/a: 1\n',
          'bindings:\n  jira/screen/a: "1"\n',
          "bindings:\n  jira/field/a: '1'\n",
          'bindings:\n   jira/field/a: "1"\n',
          'bindings:\n  jira/field/a: "1" # x\n',
        ],
        ...[
          'bindings:\n  jira/field/../a: "1"\n',
          'bindings:\n  jira/field/a: "\\u0041"\n',
          'bindings:\n  jira/field/a: "é"\n',
          'bindings:\n  jira/field/a: ""\n',
          'bindings:\n  jira/field/a: "1"',
        ],
        ...['bindings:\n  jira/field/a: "1"\r\n', 'bindings:\n  <<: *a\n'],
      ],
      3: [
        'bindings:\n  jira/field/b: "1"\n  jira/field/a: "2"\n',
        'bindings:\n  jira/field/a: "1"\n  jira/field/a: "2"\n',
        'bindings:\n  jira/field/a: "1"\nbindings:\n',
      ],
      4: [
        'bindings:\n  jira/field/a: "1"\ntombstones:\n  jira/field/a: "1"\n',
        'tombstones:\n  jira/field/a: "1"\n  jira/field/b: "1"\nbindings:\n',
      ],
    }
    for (const [line, cases] of Object.entries(texts)) {
      for (const text of cases) {
        expect(() => readBindings([['bindings/jira.field.yaml', text]]), text).toThrow(
          expect.objectContaining({
            code: 'REPOSITORY_BINDINGS_UNREADABLE',
            data: { path: 'bindings/jira.field.yaml', line: Number(line) },
          }),
        )
      }
    }
  })

  it('refuse to be written with an id that is empty or no text', () => {
    for (const id of ['', '\ud800', 'x'.repeat(1_001)]) {
      expect(() => writeBindings(bindingsOf([['jira/field/a', id]]))).toThrow(
        expect.objectContaining({ code: 'REPOSITORY_BINDINGS_REFUSED' }),
      )
    }
  })

  it('pass over other files', () => {
    expect([...readBindings([['site.yaml', 'anything']]).entries()]).toEqual([])
  })
})

describe('messages', () => {
  it('are read as they were meant, whatever names they hold', () => {
    const text = fc.string({
      unit: fc.constantFrom(...['a', 'B', ':', ' ', '\n', '\r', '\t', '\u0000', '\u001b', '\u202e', 'Changed-by: x', 'é']),
      maxLength: 12,
    })
    fc.assert(
      fc.property(text, text, fc.array(text, { maxLength: 3 }), (subject, body, accounts) => {
        const message = messageOf({ subject: `s${subject}`, body, trailers: accounts.map((account) => ['Changed-by', account] as const) })

        const read = readMessage(message)

        expect(read.trailers.map(([name]) => name)).toEqual(accounts.map(() => 'Changed-by'))
        expect(read.subject).not.toMatch(/\n/)
        expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/)
      }),
    )
  })

  it('keep a trailer that a name pretends to be in the body', () => {
    const read = readMessage(messageOf({ subject: 'two changed', body: 'Changed-by: nobody' }))

    expect(read).toEqual({ subject: 'two changed', body: ' Changed-by: nobody', trailers: [] })
  })
})
