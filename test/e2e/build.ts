import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The tests of the doors start the program as it is shipped, so it is built first where the sources are newer. */
export default function build(): void {
  const built = join(root, 'dist', 'cli', 'main.js')
  if (existsSync(built) && statSync(built).mtimeMs > newestIn(join(root, 'src'))) return
  for (const step of [
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')],
    [join(root, 'scripts', 'bundle-cli.ts')],
  ]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, step, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`dist could not be built:\n${stdout}${stderr}`)
  }
}

function newestIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Math.max(...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs))
}
