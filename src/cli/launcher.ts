#!/usr/bin/env node
// The bin. Runs on any Node that npm runs on, and hands over to the pinned one (the exact devDependency `node`) where the running one is too old.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const main = join(here, 'main.js')
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 19)) {
  await import('./main.ts')
} else {
  const pinned = join(here, '..', '..', 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(pinned)) {
    const { status, signal } = spawnSync(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
    process.exitCode = signal === null ? (status ?? 1) : 1
  } else {
    process.stderr.write(
      `tidemark needs Node 22.19 or newer; this is ${process.versions.node}. Install a newer one, or run npm ci in the clone.\n`,
    )
    process.exitCode = 1
  }
}
