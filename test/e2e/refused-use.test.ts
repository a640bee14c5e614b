import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, desk } from './kit.ts'
import { refuses, withFile } from './refusals.ts'

let at: Desk

beforeAll(async () => {
  at = await desk()
  expect(await at.init()).toMatchObject({ code: 0 })
})

afterAll(() => at?.[Symbol.asyncDispose]())

describe('wrong use', () => {
  it.each([
    ['an unknown command', ['bakcup'], /Unknown command 'bakcup'\. \[USAGE_ARGUMENTS\]/, /Did you mean backup\? See: tidemark --help\.$/m],
    ['an unknown option', ['backup', '--sit', 'acme'], /Unknown option '--sit'\. \[USAGE_ARGUMENTS\]/, /Did you mean --site\?/],
    ['an option without its value', ['diff', '--site'], /argument missing/, /--help/],
    ['one argument too many', ['backup', 'acme'], /Too many arguments/, /See: tidemark backup --help\.$/m],
    [
      'an unknown option of a verb below another',
      ['restore', 'check', '--sit'],
      /Unknown option '--sit'/,
      /See: tidemark restore check --help\.$/m,
    ],
    ['a missing option', ['init', '--site', 'beta'], /Required option '-u, --url <url>' not specified/, /--help/],
    ['no site to begin with', ['init'], /Required option '-s, --site <name>' not specified/, /See: tidemark init --help\.$/m],
    [
      'an option that belongs to another',
      ['init', '--site', 'b', '--url', 'https://b.atlassian.net', '--code-owner', '@ann'],
      /--github, which is missing/,
      /--github <owner\/name>/,
    ],
    ['an action that can move', ['init', '--github', 'acme/x', '--action', 'tidemark/action@v1'], /not pinned to a commit/, /40 digits/],
    [
      'a choice that is none',
      ['init', '--site', 'b', '--url', 'https://b.atlassian.net', '--encrypt', 'some'],
      /Allowed choices are all, secrets/,
      /--help/,
    ],
    ['a number that is none', ['log', '--limit', 'many'], /--limit must be a whole number from 1 to/, /--limit 1/],
    ['a port that is none', ['simulator', '--port', '70000'], /--port must be a whole number from 0 to 65535/, /--port 0/],
    ['an address that is none', ['show', 'To Do\u001b[2J'], /"To Do\\u\{1b\}\[2J" is no address of an object/, /tidemark show/],
    ['a type that is none', ['backup', '--accept-removals', 'jira/screens'], /"jira\/screens" is no type of this site/, /jira\/screen,/],
    ['a site that is none', ['log', '--site', 'beta'], /names no site beta/, /\(acme\).*tidemark init/],
    ['a settings file that is none', ['log', '--config', 'nothing.yaml'], /nothing\.yaml cannot be read/, /--config/],
  ])('%s is told in a sentence, with what to do', async (_case, words, says, cure) => {
    await refuses(at, words, { code: 3, says, cure })
  })

  it('without a command shows the help, and counts as wrong use', async () => {
    const { code, stdout, stderr } = await at.run([])

    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^Usage: tidemark[\s\S]+No command was given/)
  })

  it('outside of a repository says where to go', async () => {
    await refuses(
      at,
      ['backup'],
      { code: 3, says: /There is no tidemark\.yaml in .* or above it/, cure: /--config.*tidemark init/ },
      { cwd: at.root },
    )
  })

  it('is told as an object where objects are asked for', async () => {
    const { code, stdout, stderr } = await at.run(['log', '--limit', '0', '--json'])

    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toEqual({
      format: 1,
      verb: 'error',
      code: 'USAGE_NUMBER',
      message: expect.any(String),
      cure: expect.any(String),
    })
    expect(JSON.parse(stderr)).toMatchObject({ what: 'error', code: 'USAGE_NUMBER' })
  })
})

describe('wrong settings', () => {
  const withSettings = (change: (text: string) => string, act: () => Promise<unknown>) => withFile(at, 'tidemark.yaml', change, act)

  it.each([
    [
      'an unknown key',
      'slugs: names',
      'slug: names',
      /tidemark\.yaml:\d+: sites\.acme\.slug: unknown key, did you mean slugs\?; allowed: url, products,/,
    ],
    [
      'a value of a wrong type',
      'retention: {days: 30}',
      'retention: {days: many}',
      /tidemark\.yaml:\d+: sites\.acme\.retention\.days: must be a whole number/,
    ],
    [
      'a value that is not allowed',
      'encrypt: all',
      'encrypt: some',
      /tidemark\.yaml:\d+: sites\.acme\.encrypt: must be one of: all, secrets/,
    ],
    [
      'a credential',
      'slugs: names',
      'token: canary-in-the-file',
      /tidemark\.yaml:\d+: sites\.acme\.token: unknown key; credentials never stand in this file/,
    ],
    [
      'a tag',
      'slugs: names',
      'slugs: !!js/function canary-in-the-file',
      /tidemark\.yaml:\d+: sites\.acme\.slugs: tags \(!name\) are not allowed/,
    ],
    ['a broken line', 'slugs: names', 'slugs: [names', /tidemark\.yaml:\d+: not valid YAML/],
    [
      'a host of nobody we know',
      'jira: {}',
      'jira: {}\n    url: http://evil.example',
      /tidemark\.yaml:\d+: sites\.acme\.url: the key stands twice, first in line \d+/,
    ],
  ])('%s is told with file, line, key and what is allowed', async (_case, before, after, says) => {
    await withSettings(
      (text) => text.replace(before, after),
      async () => {
        const ran = await refuses(at, ['backup'], { code: 3, says, cure: /schemas\/settings\.json/ })
        expect(ran.stderr).not.toContain('canary')
      },
    )
  })

  it('a host that is not Atlassian’s gets no credentials', async () => {
    await withSettings(
      (text) => text.replace(/^ {4}url: .*$/m, '    url: https://jira.evil.example').replace(/\n {4}allowHosts: .*/, ''),
      () =>
        refuses(at, ['backup'], {
          code: 3,
          says: /sites\.acme\.url: "jira\.evil\.example" may not be called: it is not an Atlassian Cloud host/,
          cure: /./,
        }),
    )
  })

  it('several sites and none named: says which there are', async () => {
    await withSettings(
      (text) => text.replace('sites:\n', 'sites:\n  beta:\n    url: https://beta.atlassian.net\n    products: {jira: {}}\n'),
      () => refuses(at, ['backup'], { code: 3, says: /names several sites/, cure: /--site beta \| acme/ }),
    )
  })

  it('a site that was taken out of the backup is not backed up any more', async () => {
    await withSettings(
      (text) => text.replace('slugs: names', 'removed: "2026-11-20"'),
      () => refuses(at, ['backup'], { code: 3, says: /Site acme was taken out of the backup on 2026-11-20/, cure: /can still be read/ }),
    )
  })

  it('a recipient that is a private key is refused without repeating it', async () => {
    const key = readKey(at)
    await withFile(
      at,
      'keys/acme.yaml',
      (text) => text.replace(/age: age1\S+/, `age: ${key}`),
      () => refuses(at, ['backup'], { code: 3, says: /keys\/acme\.yaml:\d+:age is a private key/, cure: /^/ }),
    )
  })
})

function readKey({ root }: Desk): string {
  return `AGE-SECRET-KEY-1${root
    .replace(/[^A-Z]/gi, '')
    .toUpperCase()
    .padEnd(58, 'Q')
    .slice(0, 58)}`
}
