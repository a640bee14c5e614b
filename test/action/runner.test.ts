import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRunner, type Runner } from '../../src/action/runner.ts'
import { secretsIn } from '../../src/action/secrets.ts'
import { annotationCommand, asLogLine, maskCommand } from '../../src/action/workflow-command.ts'
import { TidemarkError } from '../../src/model/errors.ts'
import { temporaryFolder } from '../support/temporary.ts'

let temporary: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  temporary = await temporaryFolder()
})
afterAll(() => temporary?.remove())

const nasty = fc.string({
  unit: fc.constantFrom(
    '::',
    '#',
    '[',
    'error',
    'add-mask',
    ' ',
    '\t',
    '\n',
    '\r',
    '%',
    '0A',
    ',',
    ':',
    '=',
    'a',
    '\u2028',
    '\u001b',
    '<<',
    'é',
  ),
})

/** What the runner makes of a line: https://github.com/actions/runner, ActionCommand.TryParseV2 and TryParse. */
function commandIn(
  line: string,
): { readonly name: string; readonly properties: Record<string, string>; readonly data: string } | undefined {
  const [, name = '', rest = '', data = ''] = /^\s*::([a-z-]+)(?: ([^:]*))?::(.*)$/s.exec(line) ?? []
  if (name === '') return line.includes('##[') ? { name: '##[', properties: {}, data: '' } : undefined
  const plain = (text: string) =>
    text.replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
  const properties = rest.split(',').map((pair) => pair.split(/=(.*)/s).slice(0, 2).map(plain))
  return { name, properties: Object.fromEntries(properties), data: plain(data) }
}

async function told(tell: (runner: Runner) => void, environment: Record<string, string> = {}) {
  const [output, summary] = [join(temporary.path, 'output'), join(temporary.path, 'summary')]
  await writeFile(output, '')
  await writeFile(summary, '')
  const lines: string[] = []
  const runner = openRunner({
    environment: { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, ...environment },
    write: (text) => void lines.push(text),
  })
  tell(runner)
  const code = await runner.end()
  return { code, lines, output: await readFile(output, 'utf8'), summary: await readFile(summary, 'utf8') }
}

describe('a line of the log', () => {
  it('is one line and no command, whatever text it is made of', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const line = asLogLine(text)
        expect(line).not.toMatch(/[\r\n]/)
        expect(commandIn(line)).toBeUndefined()
      }),
    )
  })
})

describe('a remark', () => {
  it('is one command that says what it was given, whatever that is', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (message, title, file) => {
        const line = annotationCommand('warning', message, title, { file, line: 3 })
        expect(line).not.toMatch(/[\r\n]/)
        expect(commandIn(line)).toEqual({ name: 'warning', properties: { file, line: '3', title }, data: message })
      }),
    )
  })

  it('is shown ten times a kind at most, and the others are counted', async () => {
    const { lines } = await told((runner) => {
      for (let index = 0; index < 25; index += 1) runner.remark('error', { code: 'A', message: `fault ${index}` })
      for (let index = 0; index < 10; index += 1) runner.remark('warning', { code: 'B', message: `doubt ${index}` })
    })

    expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(10)
    expect(lines.filter((line) => line.startsWith('::warning '))).toHaveLength(10)
    expect(lines.join('')).toContain('… and 16 more')
  })
})

describe('an output', () => {
  it('holds any text and adds no other output', async () => {
    const value = 'a\nstate<<end\npwned\nend\nstate=pwned'
    const { output } = await told((runner) => {
      runner.output('commit', value)
      runner.output('summary-json', { n: 1 })
    })
    const [, end] = /^commit<<(end-[0-9a-f-]{36})\n/.exec(output) ?? []

    expect(output.startsWith(`commit<<${end}\n${value}\n${end}\nsummary-json<<end-`)).toBe(true)
    expect(value).not.toContain(end)
  })
})

describe('a summary', () => {
  it('stays below the mebibyte that the runner takes, in whole lines, and says how many are left out', async () => {
    const line = `- ${'ü'.repeat(400)}`
    const { summary } = await told((runner) => runner.summary(Array.from({ length: 3_000 }, () => line).join('\n')))
    const kept = summary.split('\n').filter((text) => text === line).length

    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(900 * 1024)
    expect(Buffer.byteLength(summary)).toBeGreaterThan(890 * 1024)
    expect(summary).toContain(`… and ${3_000 - kept} more lines.`)
  })
})

describe('secrets', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIPlanted\n-----END PRIVATE KEY-----'
  const environment = {
    TIDEMARK_ACME_EMAIL: 'ann@example.test',
    TIDEMARK_ACME_TOKEN: 'planted-acme',
    TIDEMARK_SIGNING_KEY: key,
    SOPS_AGE_KEY: '# created\nAGE-SECRET-KEY-1PLANTED',
    'INPUT_PRIVATE-KEY': key.replaceAll('\n', '\\n'),
    TIDEMARK_TRUSTED_SIGNERS: 'ssh-ed25519 AAAA',
    INPUT_COMMAND: 'backup',
  }

  it('are found in every form in which they may turn up, and what is none is left alone', () => {
    const found = secretsIn(environment)

    expect(found).toContain(Buffer.from('ann@example.test:planted-acme').toString('base64'))
    expect(found).toContain('MC4CAQAwBQYDK2VwBCIEIPlanted')
    expect(found).toContain('AGE-SECRET-KEY-1PLANTED')
    expect(found).not.toContain('-----BEGIN PRIVATE KEY-----')
    expect(found).not.toContain('# created')
    expect(found.some((text) => text.includes('ssh-ed25519') || text === 'backup')).toBe(false)
  })

  it('stand nowhere, though somebody says them', async () => {
    const secrets = secretsIn(environment)
    const { lines, output, summary } = await told((runner) => {
      runner.hide(secrets)
      runner.say('the token is planted-acme')
      runner.remark('error', { code: 'A', message: 'planted-acme', cure: 'MC4CAQAwBQYDK2VwBCIEIPlanted' })
      runner.output('state', 'planted-acme')
      runner.summary('AGE-SECRET-KEY-1PLANTED')
      runner.fail(new TidemarkError('USAGE_INPUT', 'planted-acme'))
    })
    const masks = new Set(secrets.map((secret) => `${maskCommand(secret)}\n`))
    const everything = [...lines.filter((line) => !masks.has(line)), output, summary].join('\n')

    expect(lines.slice(0, masks.size).every((line) => masks.has(line))).toBe(true)
    for (const word of ['planted-acme', 'Planted', '1PLANTED']) expect(everything).not.toContain(word)
  })

  it('are not printed where no runner takes them away', async () => {
    const { lines } = await told((runner) => runner.hide(['planted-acme']), { GITHUB_ACTIONS: '' })

    expect(lines).toEqual([])
  })

  it('are in no message of an error that nobody foresaw, nor is a stack', async () => {
    const { code, lines, summary } = await told((runner) => runner.fail(new RangeError('planted value')))

    expect(code).toBe(1)
    expect(`${lines}${summary}`).not.toContain('planted value')
    expect(lines.join('')).toContain('::error title=INTERNAL::Something happened that this program did not expect (RangeError).')
  })
})
