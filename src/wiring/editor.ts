import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Editor } from '../flows/ask-edit.ts'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import type { Resource } from '../model/resource.ts'
import { readPlain, writePlain } from '../vault/plain-document.ts'

const mostRounds = 20

/**
 * Opens $VISUAL or $EDITOR on a resource in plain text. The file lies in memory where the system has a place for that (XDG_RUNTIME_DIR, /dev/shm), in
 * a folder that only its owner can enter, and is gone when the editor or this process ends. A text that cannot be read or asked for is opened again with
 * the fault above it; whoever leaves it so, or ends in no good text after many rounds, as a script may, gives up with that fault.
 */
export function editorOf(environment: Readonly<Record<string, string | undefined>>): Editor {
  const program = environment['VISUAL'] || environment['EDITOR']
  return async (resource, check) => {
    if (program === undefined || program.trim() === '') {
      throw new TidemarkError('USAGE_NO_EDITOR', 'Nothing says which editor to open.', { cure: 'Set EDITOR: export EDITOR=vi' })
    }
    const folder = await mkdtemp(join(await placeInMemory(environment), 'tidemark-'))
    // A second signal ends the process and waits for nothing.
    const removeNow = () => rmSync(folder, { recursive: true, force: true })
    process.once('exit', removeNow)
    const file = join(folder, `${resource.address.replaceAll('/', '.')}.yaml`)
    try {
      let text = writePlain(resource)
      for (let round = 1, refusal: TidemarkError | undefined; ; round += 1) {
        await writeFile(file, faultLines(refusal) + text, { mode: 0o600 })
        await open(program, file)
        const answer = (await readFile(file, 'utf8')).replace(/^(?:#[^\n]*\n)+/, '')
        if (answer.trim() === '') throw new TidemarkError('USAGE_GIVEN_UP', 'The file came back empty: nothing was asked for.')
        const judged = judge(answer, check)
        if ('resource' in judged) return judged.resource
        // Whoever sees a fault and changes nothing does not want to go on.
        if ((refusal !== undefined && answer === text) || round === mostRounds) throw judged.refusal
        text = answer
        refusal = judged.refusal
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
      process.off('exit', removeNow)
    }
  }
}

type Judged = { readonly resource: Resource } | { readonly refusal: TidemarkError }

function judge(text: string, check: (edited: Resource) => void): Judged {
  try {
    const resource = readPlain(text)
    if (resource === undefined) return { refusal: unreadable('It must be a map of address and spec.') }
    check(resource)
    return { resource }
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error
    return { refusal: error.code === 'REQUEST_EDIT' ? error : unreadable(error.message) }
  }
}

function unreadable(fault: string): TidemarkError {
  return new TidemarkError('REQUEST_EDIT', `The text cannot be read: ${fault}`, { cure: 'Edit it again.' })
}

function faultLines(refusal: TidemarkError | undefined): string {
  if (refusal === undefined) return ''
  const lines = [...refusal.message.split('\n').map((line) => printable(line, 1000)), 'Correct it, or empty the file to give up.']
  return lines.map((line) => `# ${line}\n`).join('')
}

function open(program: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // As git does it: the editor may be a command with arguments; the file is never part of its text.
    const child = spawn('sh', ['-c', `${program} "$1"`, 'editor', file], { stdio: 'inherit' })
    const failed = (cause?: unknown) => reject(new TidemarkError('USAGE_EDITOR', 'The editor failed.', { cure: 'Check EDITOR.', cause }))
    child.once('error', failed)
    child.once('close', (code) => (code === 0 ? resolve() : failed()))
  })
}

async function placeInMemory(environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  for (const place of [environment['XDG_RUNTIME_DIR'], '/dev/shm']) {
    if (place !== undefined && (await stat(place).catch(() => undefined))?.isDirectory() === true) return place
  }
  return tmpdir()
}
