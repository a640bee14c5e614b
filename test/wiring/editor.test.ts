import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryRoot } from '../support/temporary.ts'

const module = join(import.meta.dirname, '..', '..', 'src', 'wiring', 'editor.ts')

let place: string
beforeEach(() => {
  place = mkdtempSync(join(temporaryRoot, 'tidemark-editor-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** A process that opens an editor; told to stop, it ends at once. */
function edited(environment: Record<string, string>): { readonly status: number | null; readonly stdout: string } {
  const resource = { address: 'jira/status/to-do', spec: { name: 'To Do' } }
  const program = `
    const { editorOf } = await import(${JSON.stringify(module)})
    process.on('SIGTERM', () => process.exit(9))
    console.log((await editorOf(${JSON.stringify({ XDG_RUNTIME_DIR: place, ...environment })})(${JSON.stringify(resource)})).address)`
  const { status, stdout } = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], { encoding: 'utf8' })
  return { status, stdout }
}

describe('the editor', () => {
  it('gets a file that is gone when it ends', () => {
    expect(edited({ VISUAL: '', EDITOR: 'cat' })).toMatchObject({ status: 0, stdout: expect.stringContaining('name: To Do') })
    expect(readdirSync(place)).toEqual([])
  })

  it('leaves no plain text behind where the command is ended before it is', () => {
    expect(edited({ EDITOR: 'kill -TERM $PPID; while kill -0 $PPID; do :; done; cat' }).status).toBe(9)
    expect(readdirSync(place)).toEqual([])
  })
})
