import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { areas, documentedCodes } from '../scripts/generate/errors.ts'
import { root, sourcesIn } from '../scripts/generate/sources.ts'

/** Of the engine, what doors may use: it makes text of values. */
const rendering = [
  'engine/render.ts',
  'engine/render-plan.ts',
  'engine/render-outcome.ts',
  'engine/render-status.ts',
  'engine/markdown.ts',
  'engine/plan-markdown.ts',
  'engine/run-markdown.ts',
]

/** Which folders of src a folder may import besides itself; a file, where only that file is a port. Doors and wiring stand at the end. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  lib: ['model'],
  engine: ['model'],
  vault: ['model', 'lib'],
  repository: ['model', 'lib'],
  forge: ['model', 'lib'],
  simulator: ['model', 'lib'],
  products: ['model', 'lib'],
  flows: [
    'model',
    'lib',
    'engine',
    'vault/vault.ts',
    'repository/repository.ts',
    'repository/leases.ts',
    'repository/layout.ts',
    'forge/forge.ts',
    'forge/codeowners.ts',
  ],
  wiring: ['model', 'lib', 'engine', 'vault', 'repository', 'forge', 'simulator', 'products', 'flows'],
  cli: ['model', 'lib', 'flows', 'wiring', ...rendering],
  action: ['model', 'lib', 'flows', 'wiring', ...rendering],
  service: ['model', 'lib', 'flows', 'wiring', ...rendering],
}

const sources = sourcesIn('src')
const ours = [...sources, ...sourcesIn('test'), ...sourcesIn('scripts'), ...sourcesIn('scripts', '.mjs')]

/** What a file imports, re-exports or loads later, as it is written there. */
function importsOf(text: string): string[] {
  // A quote in front: a text that says 'from', no import.
  return [...text.matchAll(/(?<!')\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name as string)
}

/** Every import of one of our files by another, as paths from `src/`. */
const edges = sources.flatMap(({ path, text }) =>
  importsOf(text)
    .filter((name) => name.startsWith('.'))
    .map((name) => ({ from: path.slice('src/'.length), to: posix.relative('src', posix.join(posix.dirname(path), name)) })),
)

function houseOf(path: string): string {
  return path.split('/')[0] as string
}

describe('the layers', () => {
  it('are all named here', () => {
    expect(readdirSync(new URL('src/', root)).filter((name) => !(name in mayImport))).toEqual([])
  })

  it('import downwards only; brothers do not speak; only wiring names an implementation', () => {
    const wrong = edges.filter(({ from, to }) => {
      if (houseOf(from) === houseOf(to)) return false
      return !(mayImport[houseOf(from)] ?? []).some((allowed) => to === allowed || to.startsWith(`${allowed}/`))
    })

    expect(edges.length).toBeGreaterThan(50)
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })

  it('keep products apart', () => {
    const productOf = (path: string) => path.split('/')[1]
    const wrong = edges.filter(
      ({ from, to }) => houseOf(from) === 'products' && houseOf(to) === 'products' && productOf(from) !== productOf(to),
    )

    expect(wrong).toEqual([])
  })

  it('leave the model free of Node and of packages', () => {
    const foreign = sources.filter(({ path }) => path.startsWith('src/model/')).flatMap(({ text }) => importsOf(text))

    expect(foreign.filter((name) => !name.startsWith('./'))).toEqual([])
  })

  it('never import the tests or the scripts', () => {
    expect(edges.filter(({ to }) => to.startsWith('..'))).toEqual([])
  })

  it('name no type in the engine', () => {
    const naming = sources.filter(
      ({ path, text }) => path.startsWith('src/engine/') && /\b(?:jira|automation|scriptrunner|jmwe)\//.test(text),
    )

    expect(naming.map(({ path }) => path)).toEqual([])
  })
})

describe('a type', () => {
  const files = sources.flatMap(({ path }) => /^src\/products\/([^/]+)\/types\/([^/]+)\.ts$/.exec(path) ?? [])
  const types = Array.from(
    { length: files.length / 3 },
    (_, index) => files.slice(index * 3, index * 3 + 3) as [path: string, product: string, type: string],
  )

  it.each(types)('%s is listed in the index of its product', (_path, product, type) => {
    expect(importsOf(readFileSync(new URL(`src/products/${product}/index.ts`, root), 'utf8'))).toContain(`./types/${type}.ts`)
  })

  it.each(types)('%s is called as its file is', (path, product, type) => {
    expect(readFileSync(new URL(path, root), 'utf8')).toContain(`name: '${product}/${type}'`)
  })

  it.each(types)('%s has a fixture that the laws are fed with', (_path, product, type) => {
    expect(importsOf(readFileSync(new URL(`test/fixtures/${product}/index.ts`, root), 'utf8'))).toContain(`./${type}.ts`)
  })
})

describe('errors and findings', () => {
  it('are all documented, and nothing is documented that is never raised', () => {
    const page = readFileSync(new URL('docs/errors.md', root), 'utf8')
    const documented = [...page.matchAll(/^### ([A-Z][A-Z0-9_]+)$/gm)].map(([, code]) => code)

    expect(documented.sort()).toEqual(documentedCodes().map(({ code }) => code))
  })

  it('are told in sentences, not in code', () => {
    const sentences = documentedCodes().flatMap(({ says, cures }) => [...says, ...cures])

    expect(sentences.filter((sentence) => /\bexport (?:async )?function\b|=>|\bawait \w+\(|\breturn \w+/.test(sentence))).toEqual([])
  })

  it('are looked for in every part of the house that has some', () => {
    const declared = /export type Code =\s*`\$\{([^}]+)\}_/.exec(readFileSync(new URL('src/model/errors.ts', root), 'utf8'))?.[1] ?? ''
    const parts = [...declared.matchAll(/'([A-Z]+)'/g)].map(([, part]) => part)

    expect(parts.length).toBeGreaterThan(5)
    expect(Object.keys(areas).sort()).toEqual(parts.sort())
  })
})

describe('the files of this project', () => {
  it('are called in small letters with dashes, after what they hold', () => {
    const odd = ours
      .map(({ path }) => posix.basename(path))
      .filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|suite))?\.(?:ts|mjs)$/.test(name))
    const vague = ours.map(({ path }) => path).filter((path) => /(?:manager|helper|utils?|common|misc)s?\.(?:test\.)?ts$/.test(path))

    expect([...odd, ...vague]).toEqual([])
  })

  it('hold nothing that was left for later, and no test that is left out silently', () => {
    // Put together, so that this file does not find itself. In code, TO-DO in capitals is a category of Jira's statuses.
    const words = ['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK'].join('|')
    const leftOpen = new RegExp(
      `(?://|^\\s*/?\\*).*\\b(?:${words})\\b|\\b(?:it|test|describe)\\.(?:only|todo|skip)\\(|\\bx(?:it|describe)\\(`,
      'm',
    )

    expect(ours.filter(({ text }) => leftOpen.test(text)).map(({ path }) => path)).toEqual([])
  })

  it('name no path of a machine and no registry but the public one', () => {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    const paths = listed.split('\0').filter((path) => path !== '' && path !== 'LICENSE' && existsSync(new URL(encodeURI(path), root)))
    const machine = new RegExp(`(?<![\\w./$-])/(?:${['work', 'root', 'home', 'tmp', 'Users'].join('|')})/`)
    const naming = paths.filter((path) => {
      const text = readFileSync(new URL(encodeURI(path), root), 'utf8')
      return machine.test(text) || /"resolved": "https:\/\/(?!registry\.npmjs\.org\/)/.test(text)
    })

    expect(paths.length).toBeGreaterThan(50)
    expect(naming).toEqual([])
  })
})
