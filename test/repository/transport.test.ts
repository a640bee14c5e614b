import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { openRepository } from '../../src/repository/open.ts'
import { protocolOf, type Remote } from '../../src/repository/transport.ts'
import { commit, git, newRepository, placeIn, signer, temporaryFolder } from './kit.ts'
import { cloned, served, token } from './remote-kit.ts'

const folder = temporaryFolder()

async function roundTrip(remote: Remote, there: string): Promise<void> {
  const { repository: one } = await cloned(folder, remote)
  const { repository: two } = await cloned(folder, remote)

  const id = await commit(one, 'sites/acme', { 'a.yaml': '2\n' })
  await two.fetch(['sites/acme', 'tidemark/runs/acme'])

  expect(git(there, 'rev-parse', 'sites/acme')).toBe(id)
  expect(await two.head('sites/acme')).toBe(id)
  await expect(two.verify(id, [signer.publicKey])).resolves.toBeUndefined()
}

describe('a remote', () => {
  it('is reached by path and by file URL', async () => {
    const { path, repository } = await newRepository(folder)
    await commit(repository, 'sites/acme', { 'a.yaml': '1\n' })

    await roundTrip({ url: path }, path)
    await commit(repository, 'sites/acme', { 'a.yaml': '3\n' })
    await roundTrip({ url: `file://${path}` }, path)
  })

  it('is reached by ssh, with the command that was given and nothing else', async () => {
    const { path, repository } = await newRepository(folder)
    await commit(repository, 'sites/acme', { 'a.yaml': '1\n' })
    const log = placeIn(folder, 'ssh-log')
    const ssh = placeIn(folder, 'ssh')
    writeFileSync(ssh, `#!/bin/sh\necho "$*" >>'${log}'\n[ "$1" = -G ] && exit 1\nfor command; do :; done\nexec sh -c "$command"\n`, {
      mode: 0o755,
    })

    await roundTrip({ url: `git@host.test:${path}`, sshCommand: ssh }, path).catch((error: unknown) => {
      throw new Error(readFileSync(log, 'utf8'), { cause: error })
    })

    expect(readFileSync(log, 'utf8')).toMatch(/git@host\.test git-receive-pack/)
  }, 20_000)

  it('is reached by https with a certificate of one’s own', async (context) => {
    const key = placeIn(folder, 'key')
    const cert = placeIn(folder, 'cert')
    const options = ['-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...options])
    if (made.status !== 0) {
      console.log('skipped: openssl is not installed, so there is no certificate for https')
      context.skip()
    }
    const { path, remote: plainRemote } = await served(folder, { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') })
    const remote = { ...plainRemote, certificates: cert }

    await roundTrip(remote, path)
    await expect(cloned(folder, plainRemote)).rejects.toMatchObject({ code: 'REPOSITORY_REMOTE_FAILED' })
  })

  it('never sees the token in argv, in the repository, or in an error', async () => {
    const { path: there, server, remote } = await served(folder)
    const log = placeIn(folder, 'argv')
    const wrapper = placeIn(folder, 'git')
    // Git's own children (git-remote-http) are read from the process list while the server has them waiting.
    writeFileSync(wrapper, `#!/bin/sh\nfor a in "$@"; do printf '%s ' "$a" >>'${log}'; done\nprintf '\\n' >>'${log}'\nexec git "$@"\n`, {
      mode: 0o755,
    })
    let processes = ''
    server.onRequest = () => {
      processes += execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " || ps -eo args'], { encoding: 'utf8' })
    }

    const { path, repository } = await cloned(folder, remote, wrapper)
    const id = await commit(repository, 'sites/acme', { 'a.yaml': '2\n' })
    await repository.fetch(['sites/acme'])

    expect(git(there, 'rev-parse', 'sites/acme')).toBe(id)
    expect(readFileSync(log, 'utf8')).toContain('push --porcelain --atomic')
    expect(processes).toContain('remote-http')
    const encoded = Buffer.from(`x-access-token:${token}`).toString('base64')
    for (const text of [
      readFileSync(log, 'utf8'),
      processes,
      execFileSync('grep', ['-rc', '', path], { encoding: 'utf8' }),
      readFileSync(join(path, 'config'), 'utf8'),
    ]) {
      expect(text).not.toContain(token)
      expect(text).not.toContain(encoded)
    }
    expect(spawnSync('grep', ['-rqF', '-e', token, '-e', encoded, path]).status).toBe(1)
  })

  it('answers in one sentence with a cure where the token is wrong, without showing it', async () => {
    const { remote } = await served(folder)
    const wrong = { ...remote, token: 'another-secret-token' }

    const failure = await cloned(folder, wrong).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code: 'REPOSITORY_REMOTE_FAILED', cure: expect.stringContaining('token') })
    expect(JSON.stringify([failure, String((failure as Error).message), String((failure as Error).stack)])).not.toContain('another-secret')
  })

  it('says which variable wants a token where none was given', async () => {
    const { remote } = await served(folder)

    await expect(cloned(folder, { url: remote.url })).rejects.toMatchObject({
      code: 'REPOSITORY_REMOTE_FAILED',
      cure: expect.stringContaining('TIDEMARK_GIT_TOKEN'),
    })
  })

  it.each([
    ['a ruleset', 'error: GH013: Repository rule violations found for refs/heads/sites/acme.', '- Cannot update this protected ref.'],
    [
      'branch protection',
      'error: GH006: Protected branch update failed for refs/heads/sites/acme.',
      'error: Changes must be made through a pull request.',
    ],
  ])('that refuses the branch by %s says who may push there', async (_case, first, second) => {
    const { path: there, remote } = await served(folder)
    const { repository } = await cloned(folder, remote)
    mkdirSync(join(there, 'hooks'))
    writeFileSync(join(there, 'hooks', 'pre-receive'), `#!/bin/sh\necho "${first}" >&2\necho "${second}" >&2\nexit 1\n`, { mode: 0o755 })

    await expect(commit(repository, 'sites/acme', { 'a.yaml': '2\n' })).rejects.toMatchObject({
      code: 'REPOSITORY_REMOTE_FAILED',
      message: `git push did not succeed at the remote: ${first.replace('error: ', '')}`,
      cure: expect.stringContaining('let an administrator run the command'),
    })
  })

  it('is not followed where a setting of the repository sends it elsewhere', async () => {
    const { remote } = await served(folder)
    const { path, repository } = await cloned(folder, remote)
    git(path, 'config', 'url.https://evil.test/.insteadOf', remote.url.slice(0, 12))

    await expect(repository.fetch(['sites/acme'])).rejects.toMatchObject({ code: 'REPOSITORY_REMOTE_REFUSED' })
  })

  it.each([
    ['url.<elsewhere>.pushInsteadOf', (url: string, elsewhere: string) => [`url.${elsewhere}.pushInsteadOf`, url.slice(0, 9)]],
    ['remote.<url>.pushurl', (url: string, elsewhere: string) => [`remote.${url}.pushurl`, elsewhere]],
    ['remote.<url>.receivepack', (url: string, elsewhere: string) => [`remote.${url}.receivepack`, `touch '${elsewhere}/mark'; false`]],
    ['remote.<url>.uploadpack', (url: string, elsewhere: string) => [`remote.${url}.uploadpack`, `touch '${elsewhere}/mark'; false`]],
  ])('is not pushed to where the repository’s setting %s would have a say in it', async (_name, settingOf) => {
    const there = await newRepository(folder)
    await commit(there.repository, 'sites/acme', { 'a.yaml': '1\n' })
    const elsewhere = await newRepository(folder)
    const { path, repository } = await cloned(folder, { url: `file://${there.path}` })
    git(path, 'config', ...settingOf(`file://${there.path}`, elsewhere.path))

    await expect(commit(repository, 'sites/acme', { 'a.yaml': '2\n' })).rejects.toMatchObject({ code: 'REPOSITORY_REMOTE_REFUSED' })

    expect(git(elsewhere.path, 'for-each-ref')).toBe('')
    expect(existsSync(join(elsewhere.path, 'mark'))).toBe(false)
  })

  it('is not asked for anything where the repository’s own settings say which certificates to trust', async () => {
    const { path } = await newRepository(folder)
    git(path, 'config', 'http.sslCAInfo', '/of/somebody/else.pem')
    const settings = { path, remote: { url: 'https://h.test/r.git', token: 't' }, clock: systemClock }

    await expect((await openRepository(settings)).fetch(['sites/acme'])).rejects.toMatchObject({
      code: 'REPOSITORY_REMOTE_REFUSED',
      cure: expect.stringContaining('repository.ca'),
    })
  })

  it('gets our header alone where the repository’s settings hold another', async () => {
    const { server, remote } = await served(folder)
    const { path, repository } = await cloned(folder, remote)
    git(path, 'config', `http.${server.url}.extraHeader`, 'Authorization: Basic b2xkOm9sZA==')
    server.seen.length = 0

    await commit(repository, 'sites/acme', { 'a.yaml': '2\n' })

    expect(new Set(server.seen)).toEqual(new Set([`Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`]))
  })

  it('may be named by these URLs and no others', () => {
    expect(
      ['https://h.test/r.git', 'http://127.0.0.1:1/r', 'http://[::1]/r', 'ssh://git@h.test/r', 'git@h.test:o/r.git', 'file:///r', '/r'].map(
        protocolOf,
      ),
    ).toEqual([...['https', 'http', 'http', 'ssh', 'ssh', 'file', 'file']])
    for (const url of [
      ...[
        '',
        'origin',
        '../r',
        '--upload-pack=touch x',
        '-oProxyCommand=x:y',
        'ext::sh -c id',
        'fd::17',
        'git://h.test/r',
        'http://h.test/r',
        'ftp://h.test/r',
      ],
      ...[
        'https://user:pw@h.test/r',
        'https://token@h.test/r',
        'ssh://-oProxyCommand=id/r',
        'ssh://git:pw@h.test/r',
        'https://h.test/r\n',
        'a@-x:y',
      ],
    ]) {
      expect(() => protocolOf(url), url).toThrow(expect.objectContaining({ code: 'REPOSITORY_REMOTE_REFUSED' }))
    }
  })
})
