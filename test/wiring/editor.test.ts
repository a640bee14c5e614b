import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryRoot } from '../support/temporary.ts'

const source = join(import.meta.dirname, '..', '..', 'src')
const [module, errors] = [join(source, 'wiring', 'editor.ts'), join(source, 'model', 'errors.ts')]

/** An editor that does the first of these to the text when it is opened first, then the second, and so on; the last one goes on. What it was given is kept. */
function stepping(...steps: readonly string[]): string {
  const script = join(place, 'editor.sh')
  const cases = steps.map((step, index) => `${index === steps.length - 1 ? '*' : index + 1}) ${step} ;;`)
  const lines = [
    'n=$(($(cat "$0.count" 2>/dev/null || echo 0) + 1))',
    'echo $n > "$0.count"',
    'cp "$1" "$0.$n"',
    'case $n in',
    ...cases,
    'esac',
  ]
  writeFileSync(script, `${lines.join('\n')}\n`)
  return `sh ${script}`
}
/** BSD and GNU disagree about `sed -i`. */
const sed = (script: string) => `sed '${script}' "$1" > "$0.new" && cp "$0.new" "$1"`
const given = (round: number) => readFileSync(join(place, `editor.sh.${round}`), 'utf8')
const rounds = () => Number(readFileSync(join(place, 'editor.sh.count'), 'utf8'))

let place: string
beforeEach(() => {
  place = mkdtempSync(join(temporaryRoot, 'tidemark-editor-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** A process that opens an editor and asks for a status that is not called `Wrong`; told to stop, it ends at once. */
function edited(environment: Record<string, string>): { readonly status: number | null; readonly stdout: string } {
  const resource = { address: 'jira/status/to-do', spec: { name: 'To Do' } }
  const program = `
    const { editorOf } = await import(${JSON.stringify(module)})
    const { TidemarkError } = await import(${JSON.stringify(errors)})
    process.on('SIGTERM', () => process.exit(9))
    const check = ({ spec }) => {
      if (/^Wrong/.test(spec.name)) throw new TidemarkError('REQUEST_EDIT', 'It must not be\\n  called so.', { cure: 'Edit it again.' })
    }
    try {
      const { spec } = await editorOf(${JSON.stringify({ XDG_RUNTIME_DIR: place, ...environment })})(${JSON.stringify(resource)}, check)
      console.log('answered ' + spec.name)
    } catch ({ code, message }) {
      console.log(code + ' ' + message)
      process.exit(3)
    }`
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

  it.each([
    ['cannot be read', 's/name:.*/name: [/', /^# The text cannot be read: .*\n# Correct it/],
    ['is refused', 's/To Do/Wrong/', /^# It must not be\n# {3}called so\.\n# Correct it/],
  ])('is opened again on a text that %s, with the fault above it', (_, slip, head) => {
    const editor = stepping(sed(slip), sed('s/name:.*/name: Ready/'))
    expect(edited({ EDITOR: editor })).toMatchObject({ status: 0, stdout: 'answered Ready\n' })
    expect(given(2)).toMatch(head)
    expect(given(2)).toMatch(/name: (?:\[|Wrong)\n/)
  })

  it.each([
    ['left as it is', [sed('s/To Do/Wrong/'), 'true']],
    ['written again without the fault', [`printf 'address: jira/status/to-do\\nspec:\\n  name: Wrong\\n' > "$1"`]],
  ])('gives up with the fault where a refused text is %s', (_, steps) => {
    expect(edited({ EDITOR: stepping(...steps) })).toEqual({
      status: 3,
      stdout: 'REQUEST_EDIT It must not be\n  called so.\n',
    })
    expect(rounds()).toBe(2)
  })

  it('ends where a script writes another refused text each time', () => {
    expect(edited({ EDITOR: stepping(sed("s/name:.*/name: Wrong '$n'/")) })).toMatchObject({
      status: 3,
      stdout: expect.stringMatching(/^REQUEST_EDIT /),
    })
    expect(rounds()).toBe(20)
  })

  it.each([
    ['all of it', ': > "$1"'],
    ['all but the fault', sed('/^#/!d')],
  ])('lets a person give up who empties the file, %s', (_, empty) => {
    const { status, stdout } = edited({ EDITOR: stepping(sed('s/To Do/Wrong/'), empty) })
    expect({ status, stdout }).toEqual({ status: 3, stdout: expect.stringMatching(/^USAGE_GIVEN_UP /) })
  })
})
