/** Writes what can be derived from the sources; with `--check` says which of it is stale and writes nothing. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { products } from './generate/catalogue.ts'
import { coveragePage } from './generate/coverage.ts'
import { errorsPage } from './generate/errors.ts'
import { readmePage } from './generate/readme.ts'
import { requestPage, resourcePage, schemaPath, settingsPage } from './generate/schemas.ts'
import { root, sourcesIn } from './generate/sources.ts'

const types = (await products()).flatMap(({ types: own }) => own)
const wanted = new Map<string, string>([
  ['schemas/settings.json', settingsPage()],
  ['schemas/request.json', requestPage()],
  ...types.map((type) => [schemaPath(type), resourcePage(type)] as const),
  ['docs/errors.md', errorsPage()],
  ['docs/coverage.md', await coveragePage()],
  ['README.md', readmePage()],
])
const leftOver = sourcesIn('schemas', '.json').filter(({ path }) => !wanted.has(path))
const stale = [...wanted].filter(([path, text]) => textOf(path) !== text)

if (process.argv.includes('--check')) {
  const names = [...stale.map(([path]) => path), ...leftOver.map(({ path }) => path)]
  if (names.length > 0) process.stderr.write(`Stale: ${names.join(', ')}. Run \`npm run generate\` and commit what it writes.\n`)
  process.exitCode = names.length === 0 ? 0 : 1
} else {
  for (const [path, text] of stale) {
    mkdirSync(new URL('.', new URL(path, root)), { recursive: true })
    writeFileSync(new URL(path, root), text)
  }
  for (const { path } of leftOver) rmSync(new URL(path, root))
  process.stdout.write(`${wanted.size} files, ${stale.length} written, ${leftOver.length} removed\n`)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(new URL(path, root), 'utf8')
  } catch {
    return undefined
  }
}
