import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { openRepository } from '../../src/repository/open.ts'
import { readSigningKey } from '../../src/repository/signing.ts'
import { type Desk, desk } from './kit.ts'
import { refuses } from './refusals.ts'

let at: Desk
let head: string

beforeAll(async () => {
  at = await desk()
  expect(await at.init()).toMatchObject({ code: 0 })
  expect(await at.run(['backup', '--quiet'])).toMatchObject({ code: 0 })
  head = at.git('rev-parse', 'sites/acme').trim()
})

afterAll(() => at?.[Symbol.asyncDispose]())

async function withHead(commit: string, act: () => Promise<unknown>): Promise<void> {
  at.git('update-ref', 'refs/heads/sites/acme', commit)
  try {
    await act()
  } finally {
    at.git('update-ref', 'refs/heads/sites/acme', head)
  }
}

/** A snapshot like the present one, but for one file, signed with the repository's own key. */
async function signedWith(path: string, change: (text: string) => string): Promise<string> {
  const signingKey = readSigningKey(readFileSync(join(at.root, 'config', 'tidemark', 'signing-key.pem'), 'utf8'))
  const repository = await openRepository({ path: at.folder, clock: systemClock, signingKey })
  const text = change((await repository.read(head, path)) ?? '')
  const commit = await repository.prepare({ branch: 'sites/acme', parent: head, changes: [{ path, text }], message: 'acme: a test' })
  return commit ?? ''
}

describe('a repository', () => {
  it('of a newer format is left to a newer version', async () => {
    const newer = await signedWith('site.yaml', (text) => text.replace('format: 1', 'format: 2'))

    await withHead(newer, async () => {
      for (const words of [['backup'], ['show'], ['verify']]) {
        await refuses(at, words, { code: 1, says: /format 2; this version knows formats up to 1/, cure: /Update Tidemark/ })
      }
    })
  })

  it('into which somebody else has committed is not believed', async () => {
    const tree = at.git('rev-parse', `${head}^{tree}`).trim()
    const stranger = at
      .git('-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit-tree', tree, '-p', head, '-m', 'acme: 1 object changed')
      .trim()

    await withHead(stranger, async () => {
      for (const words of [['backup'], ['log'], ['diff'], ['verify']]) {
        await refuses(at, words, { code: 1, says: /\[REPOSITORY_UNTRUSTED\]/, cure: /./ })
      }
    })
  })

  it('in which a document was changed, though signed, fails its MAC: verify finds it with exit code 2 and names it', async () => {
    const [path = ''] = at.git('ls-tree', '-r', '--name-only', head, 'jira/status').split('\n')
    const tampered = await signedWith(path, (text) =>
      text.replace(/(ENC\[AES256_GCM,data:)(.)/, (_, start, sign) => `${start}${sign === '9' ? '8' : '9'}`),
    )

    await withHead(tampered, async () => {
      const { code, stderr, stdout } = await at.run(['verify'])

      expect(code).toBe(2)
      expect(stderr).toMatch(new RegExp(`^error: ${path.replace('.yaml', '')}: .*\\[VAULT_[A-Z_]+\\]`))
      expect(stdout).toContain('1 findings')
    })
  })

  it('whose site branch is checked out is not moved under anybody’s feet', async () => {
    const workTree = join(at.root, 'work-tree')
    at.git('worktree', 'add', '--quiet', workTree, 'sites/acme')
    try {
      await refuses(at, ['backup', '--quiet'], { code: 1, says: /sites\/acme is checked out/, cure: /git switch main/ })
    } finally {
      at.git('worktree', 'remove', '--force', workTree)
    }
  })
})
