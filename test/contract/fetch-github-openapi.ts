import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Dictionary } from './json-schema.ts'

const run = promisify(execFile)

// Only one file of 394 MB is used: too much to install.
const pack = { name: '@octokit/openapi@23.0.2', file: 'octokit-openapi-23.0.2.tgz', document: 'package/generated/api.github.com.json' }
const sums = {
  pack: '71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c',
  document: '829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a',
}

export type FetchedDocument = { readonly document: Dictionary } | { readonly unreachable: string } | { readonly wrong: string }

/** GitHub's OpenAPI document out of its npm package, fetched into a cache folder once; archive and document must have the known sums. */
export async function fetchGithubOpenapi(cache: string): Promise<FetchedDocument> {
  const place = join(cache, pack.document)
  if ((await sumOf(place)) !== sums.document) {
    await mkdir(cache, { recursive: true })
    try {
      await run('npm', ['pack', pack.name, '--silent', '--pack-destination', cache], { timeout: 300_000 })
    } catch (error) {
      return { unreachable: `npm pack ${pack.name} failed (${String((error as NodeJS.ErrnoException).code)})` }
    }
    if ((await sumOf(join(cache, pack.file))) !== sums.pack) return { wrong: `${pack.file} is not the archive that was reviewed` }
    await run('tar', ['-xzf', join(cache, pack.file), '-C', cache, pack.document])
    if ((await sumOf(place)) !== sums.document) return { wrong: 'the document in the archive is not the one that was reviewed' }
  }
  return { document: JSON.parse(await readFile(place, 'utf8')) as Dictionary }
}

async function sumOf(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => undefined)
  return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex')
}
