#!/usr/bin/env node
// The bin. Starts the program on a Node that is new enough (the pinned devDependency `node` where the running one is too old), with memory
// settings that only a new process can be given. Must itself run on any Node that npm runs on.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEnvironment, nodeFlags } from './node-manners.ts'

const own = fileURLToPath(import.meta.url)
const here = dirname(own)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const pinned = join(here, '..', '..', 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const program = major > 22 || (major === 22 && minor >= 19) ? process.execPath : existsSync(pinned) ? pinned : undefined

if (program === undefined) {
  process.stderr.write(
    `tidemark needs Node 22.19 or newer; this is ${process.versions.node}. Install a newer one, or run npm ci in the clone.\n`,
  )
  process.exitCode = 1
} else {
  const child = spawn(program, [...nodeFlags, join(here, `main${extname(own)}`), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...nodeEnvironment, ...process.env },
  })
  // A terminal tells the whole group, anybody else only us: either way the program below ends by itself and says how.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  child.on('error', ({ message }) => {
    process.stderr.write(`tidemark could not start ${program}: ${message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0))
  })
}
