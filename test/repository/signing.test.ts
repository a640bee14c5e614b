import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedSigners, fingerprintOf, generateSigningKey, readSigningKey, signerOf } from '../../src/repository/signing.ts'
import { commit, git, gitWithInput, newRepository, placeIn, plain, signer, temporaryFolder } from './kit.ts'

const folder = temporaryFolder()
const hasSshKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined
if (!hasSshKeygen) console.log('skipped: ssh-keygen is not installed, so nobody but us judges the signatures')

const message = Buffer.from('a text to sign')

describe('a signature', () => {
  it('is accepted for what was signed, by whom, and for nothing else', () => {
    const key = readSigningKey(signer.privateKey)
    const stranger = generateSigningKey().publicKey
    const signature = key.sign(message)

    expect(signerOf(message, signature, [stranger, signer.publicKey])).toBe(key.fingerprint)
    expect(signerOf(message, signature, [stranger])).toBeUndefined()
    expect(signerOf(message, signature, [])).toBeUndefined()
    expect(signerOf(Buffer.from('a text to sigm'), signature, [signer.publicKey])).toBeUndefined()
  })

  it('is refused after any bit of it was turned', () => {
    const key = readSigningKey(signer.privateKey)
    const [, body = ''] = /-----BEGIN SSH SIGNATURE-----([^-]+)-----END/.exec(key.sign(message)) ?? []
    const bytes = Buffer.from(body, 'base64')
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const turned = Buffer.from(bytes)
        turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7))

        const armoured = `-----BEGIN SSH SIGNATURE-----\n${turned.toString('base64')}\n-----END SSH SIGNATURE-----\n`

        expect(signerOf(message, armoured, [signer.publicKey])).toBeUndefined()
      }),
    )
  })

  it('never throws, whatever stands in its place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const body = Buffer.concat([Buffer.from('SSHSIG\0\0\0\u0001'), noise]).toString('base64')

        expect(signerOf(message, `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----`, [signer.publicKey])).toBeUndefined()
        expect(signerOf(message, body, [signer.publicKey])).toBeUndefined()
      }),
    )
  })
})

describe('a signing key', () => {
  it('is read from OpenSSH and from PKCS#8 text', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const point = publicKey.export({ format: 'jwk' }).x as string
    const key = readSigningKey(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string)

    expect(
      Buffer.from(key.publicKey.split(' ')[1] as string, 'base64')
        .subarray(-32)
        .toString('base64url'),
    ).toBe(point)
    expect(readSigningKey(signer.privateKey).publicKey).toBe(signer.publicKey)
    expect(fingerprintOf(`${signer.publicKey} with a comment`)).toBe(readSigningKey(signer.privateKey).fingerprint)
  })

  it('shows nothing of its secret when it is printed', () => {
    const printed = inspect(readSigningKey(signer.privateKey), { depth: 9, showHidden: true })
    const seed = signer.privateKey.split('\n')[3] as string

    expect(printed).toContain('SHA256:')
    expect(printed).not.toContain(seed)
    expect(JSON.stringify(readSigningKey(signer.privateKey))).not.toContain(seed)
  })

  it('is refused, without a word of it, where it is no ed25519 key, damaged, or protected', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
    const damaged = signer.privateKey.replace(/\n(.{20})/, '\nAAAA$1')
    const cut = signer.privateKey.split('\n').toSpliced(3, 1).join('\n')
    for (const text of [rsa, damaged, cut, '', 'secret words', '-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----']) {
      expect(() => readSigningKey(text)).toThrow(
        expect.objectContaining({ code: 'REPOSITORY_KEY_INVALID', message: expect.not.stringContaining('secret words') }),
      )
    }
  })

  it('refuses public lines of another kind', () => {
    for (const line of ['', 'ssh-rsa AAAA', 'ssh-ed25519 AAAA', `ssh-ed25519 ${signer.publicKey.split(' ')[1]}AAAA`]) {
      expect(() => fingerprintOf(line)).toThrow(expect.objectContaining({ code: 'REPOSITORY_KEY_INVALID' }))
    }
  })

  it('keeps names in allowed_signers from adding a line or an option', () => {
    const text = allowedSigners([{ name: 'a\n* ssh-ed25519 AAAA cert-authority', publicKey: `${signer.publicKey} comment` }])

    expect(text).toBe(`a---ssh-ed25519-AAAA-cert-authority namespaces="git" ${signer.publicKey}\n`)
  })
})

describe('a commit', () => {
  it('is refused after it was changed, unsigned, or signed twice', async () => {
    const { path, repository } = await newRepository(folder)
    const id = await commit(repository, 'sites/acme', { 'a.yaml': '1\n' }, 'honest')
    const raw = git(path, 'cat-file', 'commit', id)
    const store = (text: string) => gitWithInput(path, `${text}\n`, 'hash-object', '-t', 'commit', '-w', '--literally', '--stdin')
    const signature = /gpgsig (?:.*\n )*.*\n/.exec(raw)?.[0] as string
    const forged = {
      'another message': raw.replace('honest', 'tampered'),
      'another tree': raw.replace(/^tree .*/, 'tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904'),
      'a parent': raw.replace('\nauthor', `\nparent ${id}\nauthor`),
      'no signature': raw.replace(signature, ''),
      'two signatures': raw.replace(signature, signature + signature),
      'a second, older header': raw.replace(signature, `${signature}${signature.replace('gpgsig', 'gpgsig-sha256')}`),
      'the signature in the message': raw.replace(signature, '').replace('honest', `honest\n\n${signature}`),
    }

    expect(store(raw)).toBe(id)
    for (const [what, text] of Object.entries(forged)) {
      await expect(repository.verify(store(text), [signer.publicKey]), what).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
    }
  })

  it('carries no control character, whatever its message was', async () => {
    const { path, repository } = await newRepository(folder)

    const id = await commit(repository, 'sites/acme', { 'a.yaml': '1\n' }, 'a\u001b[31m\r\nb\u0000\u202ec\tà\n\n')

    expect(git(path, 'log', '-1', '--format=%B|%an|%ae|%cn', id)).toBe('a[31m\nbc à\n|Tidemark|tidemark@noreply.invalid|Tidemark')
    await expect(repository.verify(id, [signer.publicKey])).resolves.toBeUndefined()
    expect(git(path, 'fsck', '--strict', '--no-dangling')).toBe('')
  })
})

describe.skipIf(!hasSshKeygen)('OpenSSH and git', () => {
  it('reads our keys, and we read its keys', () => {
    const ours = placeIn(folder, 'key')
    const theirs = placeIn(folder, 'key')
    const guarded = placeIn(folder, 'key')
    writeFileSync(ours, signer.privateKey, { mode: 0o600 })
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', theirs, '-C', 'x'.repeat(13)])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'words', '-f', guarded])
    const read = readSigningKey(readFileSync(theirs, 'utf8'))

    expect(execFileSync('ssh-keygen', ['-y', '-f', ours], { encoding: 'utf8' }).split(' ').slice(0, 2).join(' ').trim()).toBe(
      signer.publicKey,
    )
    expect(readFileSync(`${theirs}.pub`, 'utf8').startsWith(`${read.publicKey} `)).toBe(true)
    expect(execFileSync('ssh-keygen', ['-l', '-f', theirs], { encoding: 'utf8' })).toContain(` ${read.fingerprint} `)
    expect(() => readSigningKey(readFileSync(guarded, 'utf8'))).toThrow(/passphrase/)
  })

  it('accepts its signatures for git only', () => {
    const file = placeIn(folder, 'key')
    writeFileSync(file, signer.privateKey, { mode: 0o600 })
    const sign = (space: string) =>
      execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', space, '-f', file], { input: message, encoding: 'utf8' })

    expect(signerOf(message, sign('git'), [signer.publicKey])).toBe(fingerprintOf(signer.publicKey))
    expect(signerOf(message, sign('file'), [signer.publicKey])).toBeUndefined()
    expect(readSigningKey(signer.privateKey).sign(message)).toBe(sign('git'))
  })

  it('agrees with git verify-commit about good, tampered and unknown', async () => {
    const { path, repository } = await newRepository(folder)
    const id = await commit(repository, 'sites/acme', { 'a.yaml': '1\n' }, 'honest')
    const tampered = gitWithInput(
      path,
      `${git(path, 'cat-file', 'commit', id).replace('honest', 'tampered')}\n`,
      'hash-object',
      '-t',
      'commit',
      '-w',
      '--stdin',
    )
    const verdict = (commitId: string, publicKey: string) => {
      const file = placeIn(folder, 'allowed')
      writeFileSync(file, allowedSigners([{ name: 'tidemark@acme', publicKey }]))
      return spawnSync('git', ['-c', `gpg.ssh.allowedSignersFile=${file}`, 'verify-commit', commitId], { cwd: path, env: plain }).status
    }

    expect(verdict(id, signer.publicKey)).toBe(0)
    expect(verdict(tampered, signer.publicKey)).not.toBe(0)
    expect(verdict(id, generateSigningKey().publicKey)).not.toBe(0)
  })
})
