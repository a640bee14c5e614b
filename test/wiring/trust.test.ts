import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintOf, generateSigningKey } from '../../src/repository/signing.ts'
import { trustedSigners } from '../../src/wiring/trust.ts'
import { temporaryRoot } from '../support/temporary.ts'

const [ours, theirs] = [generateSigningKey().publicKey, generateSigningKey().publicKey]

let folder: string
let gitDir: string
let pinFile: string

beforeEach(() => {
  folder = mkdtempSync(join(temporaryRoot, 'tidemark-trust-'))
  gitDir = join(folder, '.git')
  pinFile = join(gitDir, 'tidemark', 'trusted_signers')
  writeFileSync(join(folder, 'allowed_signers'), `tidemark namespaces="git" ${theirs}\n`)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('whom a clone believes', () => {
  it('is told by the environment, else pinned from the repository at the first use and never asked of it again', async () => {
    expect(await trustedSigners(folder, gitDir, { TIDEMARK_TRUSTED_SIGNERS: `# ann\n${ours}\n` })).toEqual([ours])
    expect(await trustedSigners(folder, gitDir, { TIDEMARK_TRUSTED_SIGNERS: ' \n' })).toEqual([theirs])

    writeFileSync(join(folder, 'allowed_signers'), `tidemark ${ours}\n`)

    expect(await trustedSigners(folder, gitDir, {})).toEqual([theirs])
    expect(readFileSync(pinFile, 'utf8')).toBe(`${theirs}\n`)
  })

  it.each([
    ['a fingerprint, as on the recovery sheet', fingerprintOf(ours)],
    ['a key of another kind', 'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIA=='],
    ['a comment alone', `# ${ours}`],
  ])('is never what the repository says of itself, where somebody meant to say it and gave %s', async (_case, given) => {
    const refused = { code: 'ACCESS_NO_TRUST', message: expect.stringContaining('names no key') }

    await expect(trustedSigners(folder, gitDir, { TIDEMARK_TRUSTED_SIGNERS: given })).rejects.toMatchObject(refused)

    mkdirSync(join(gitDir, 'tidemark'), { recursive: true })
    writeFileSync(pinFile, `${given}\n`)
    await expect(trustedSigners(folder, gitDir, {})).rejects.toMatchObject(refused)
  })
})
