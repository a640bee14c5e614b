import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidemarkError } from '../../src/model/errors.ts'
import { ageIdentity, ageRecipient, newIdentityText, parseIdentities } from '../../src/vault/age.ts'
import { newDataKey, openDataKey } from '../../src/vault/data-key.ts'
import { findIdentities, wordsOf } from '../../src/vault/find-identities.ts'
import { someIdentity } from './keys.ts'

describe('an age key', () => {
  it.each(['x25519', 'hybrid'] as const)('unwraps what was wrapped for it: %s', async (kind) => {
    const identity = await ageIdentity(await newIdentityText(kind))

    const enc = await ageRecipient(identity.recipient).wrap(new Uint8Array(32).fill(7))

    expect(enc.startsWith('-----BEGIN AGE ENCRYPTED FILE-----\n')).toBe(true)
    expect(enc.endsWith('-----END AGE ENCRYPTED FILE-----\n')).toBe(true)
    expect(Math.max(...enc.split('\n').map((line) => line.length))).toBe(64)
    expect(await identity.unwrap(enc)).toEqual(new Uint8Array(32).fill(7))
  })

  it('does not unwrap what was wrapped for another', async () => {
    const enc = await ageRecipient((await someIdentity()).recipient).wrap(new Uint8Array(32))

    await expect((await someIdentity()).unwrap(enc)).rejects.toMatchObject({ code: 'VAULT_TAMPERED' })
  })

  it('is told from what is none, which is not repeated', async () => {
    const wrong = (await newIdentityText()).replace(/.$/, (last) => (last === 'Q' ? 'P' : 'Q'))

    const error = await parseIdentities(`# mine\n\n${wrong}\n`).catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'VAULT_IDENTITY', data: { line: 3 } })
    expect(`${String(error)}${JSON.stringify(error)}${String((error as Error).cause)}`).not.toContain(wrong.slice(0, 25))
    expect(() => ageRecipient('age1nonsense')).toThrow(expect.objectContaining({ code: 'VAULT_RECIPIENT' }))
    expect(() => ageRecipient('ssh-ed25519 AAAA')).toThrow(expect.objectContaining({ code: 'VAULT_RECIPIENT' }))
  })
})

describe('a key file', () => {
  it('may hold keys that only a plugin can use beside one of ours', async () => {
    const text = await newIdentityText()

    const found = await parseIdentities(`# a key on a stick\nAGE-PLUGIN-YUBIKEY-1QQPQGZR9YDX5T6SC4XUHJ\n${text}\n`)

    expect(found.map((identity) => identity.text)).toEqual([text])
  })
})

describe('a public age key', () => {
  it.each([
    ['a private key', async () => newIdentityText()],
    ['a post-quantum private key', async () => newIdentityText('hybrid')],
    ['a private key in small letters', async () => (await newIdentityText()).toLowerCase()],
    ['a key file', async () => `# made today\n${await newIdentityText()}\n`],
    ['half of a private key', async () => 'AGE-SECRET-KEY-1QQQCANARY'],
  ])('in whose place %s stands is refused without a word of it', async (_case, text) => {
    const secret = await text()
    const error = thrownBy(() => ageRecipient(secret))

    expect(error).toMatchObject({ code: 'VAULT_RECIPIENT', message: 'This is a private age key where a public one is wanted.' })
    expect(JSON.stringify([error.message, error.cure, error.data, String(error.stack)])).not.toMatch(/secret-key|canary/i)
  })

  it('that is none is shown as one short printable line', () => {
    const { message } = thrownBy(() => ageRecipient(`age1\u001b[31m\n${'x'.repeat(500)}`))

    expect(message).toMatch(/^"age1\\u\{1b\}\[31m\\u\{a\}x+…" is no age recipient\.$/)
  })
})

function thrownBy(act: () => unknown): TidemarkError {
  try {
    act()
  } catch (error) {
    if (error instanceof TidemarkError) return error
  }
  throw new Error('nothing was thrown')
}

describe('a data key', () => {
  it('is opened by each of its recipients, and by no other, who is told whom it is for (C01)', async () => {
    const [one, two, stranger] = [await someIdentity(), await someIdentity(), await someIdentity()]
    const { key, stanzas } = await newDataKey([ageRecipient(one.recipient), ageRecipient(two.recipient)])

    for (const identity of [one, two]) expect((await openDataKey(stanzas, [stranger, identity])).key.equals(key)).toBe(true)
    await expect(openDataKey(stanzas, [stranger])).rejects.toMatchObject({
      code: 'VAULT_NO_IDENTITY',
      message: expect.stringContaining(`${one.recipient}, ${two.recipient}`),
      data: { recipients: [one.recipient, two.recipient], held: [stranger.recipient] },
    })
    await expect(openDataKey([], [])).rejects.toMatchObject({ code: 'VAULT_NO_IDENTITY' })
  })

  it('must have 32 bytes', async () => {
    const identity = await someIdentity()
    const enc = await ageRecipient(identity.recipient).wrap(new Uint8Array(16))

    await expect(openDataKey([{ recipient: identity.recipient, enc }], [identity])).rejects.toMatchObject({ code: 'VAULT_TAMPERED' })
  })
})

describe('the keys at hand', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const find = async (environment: Record<string, string>, platform: NodeJS.Platform = 'linux') =>
    (await findIdentities({ PATH: process.env['PATH'], ...environment }, { platform, home: folder })).map(({ recipient }) => recipient)

  async function keyFile(name: string, mode = 0o600): Promise<readonly [path: string, recipient: string]> {
    const { text, recipient } = await someIdentity()
    const path = join(folder, name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, `# created today\n${text}\n`)
    await chmod(path, mode)
    return [path, recipient]
  }

  it('are none where there are none', async () => {
    expect(await find({})).toEqual([])
  })

  it('come from all the places that sops looks at', async () => {
    const inline = [await someIdentity(), await someIdentity()]
    const [file, fromFile] = await keyFile('my keys.txt')
    const [command, fromCommand] = await keyFile('printed')
    const [, usual] = await keyFile('.config/sops/age/keys.txt')

    const found = await find({
      SOPS_AGE_KEY: inline.map(({ text }) => text).join('\n'),
      SOPS_AGE_KEY_FILE: file,
      SOPS_AGE_KEY_CMD: `cat "${command}"`,
    })

    expect(found).toEqual([...inline.map(({ recipient }) => recipient), fromFile, fromCommand, usual])
  })

  it.each([
    ['darwin', 'Library/Application Support/sops/age/keys.txt', {}],
    ['linux', 'here/sops/age/keys.txt', { XDG_CONFIG_HOME: 'here' }],
    ['win32', 'roaming/sops/age/keys.txt', { AppData: 'roaming' }],
  ] as const)('lie where %s keeps settings', async (platform, path, environment) => {
    const [, recipient] = await keyFile(path)
    const absolute = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, join(folder, value)]))

    expect(await find(absolute, platform)).toEqual([recipient])
  })

  it.each([0o640, 0o604, 0o666])('are refused when others may read them: mode %o', async (mode) => {
    const [path] = await keyFile('open', mode)

    await expect(find({ SOPS_AGE_KEY_FILE: path })).rejects.toMatchObject({ code: 'VAULT_KEY_FILE', cure: `chmod 600 ${path}` })
    await expect(find({ SOPS_AGE_KEY_FILE: path }, 'win32')).resolves.toHaveLength(1)
  })

  it('are told of when their file or command is not there, without what was printed', async () => {
    await expect(find({ SOPS_AGE_KEY_FILE: join(folder, 'none') })).rejects.toMatchObject({ code: 'VAULT_KEY_FILE' })
    await expect(find({ SOPS_AGE_KEY_CMD: 'no-such-program' })).rejects.toMatchObject({ code: 'VAULT_KEY_FILE' })
    const error = await find({ SOPS_AGE_KEY_CMD: `node -e "console.log('AGE-canary');process.exit(1)"` }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'VAULT_KEY_FILE' })
    expect(`${String(error)}${String((error as Error).cause)}`).not.toContain('canary')
  })

  it('are printed by a command that is split into words and given to no shell', () => {
    expect(wordsOf(`age-key  --site "a b" 'c d' e\\ f "g\\"h" $(x);y ""`)).toEqual([
      'age-key',
      '--site',
      'a b',
      'c d',
      'e f',
      'g"h',
      '$(x);y',
      '',
    ])
  })
})
