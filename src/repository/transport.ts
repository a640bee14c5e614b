/** To and from a remote, through simple-git. A token travels in the environment of the child process: not in argv, in no URL, on no disk. */
import { isAbsolute } from 'node:path'
import { simpleGit } from 'simple-git'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { type ConfigEntry, environmentOf, type GitSettings, gitOf, reasonIn } from './git.ts'
import { checkId, refOf } from './names.ts'
import type { CommitId, RefUpdate } from './repository.ts'

/** Where a repository is pushed to and fetched from. */
export interface Remote {
  /** `https://…`, `ssh://…` or `user@host:path`, `file://…` or an absolute path. `http://` only to this machine. Never with credentials in it. */
  readonly url: string
  /** For https: sent as the password of `user`, to this URL only. Asked for anew before each exchange where it does not last. */
  readonly token?: string | (() => Promise<string>)
  /** `x-access-token` where absent, as GitHub wants it. */
  readonly user?: string
  /** For https: a file of certificates (PEM) to trust in place of the machine's. */
  readonly certificates?: string
  /** For ssh: the command to use. Comes from the machine's owner, never from a repository. */
  readonly sshCommand?: string
}

export interface Transport {
  /** Where these refs are on the remote; those that are not there are left out. */
  heads(branches: readonly string[]): Promise<ReadonlyMap<string, CommitId>>
  /** Brings the objects here; moves no ref. */
  fetch(branches: readonly string[], unshallow: boolean): Promise<void>
  /** All or none, each from its expected value. Throws `REPOSITORY_REMOTE_FAILED` whatever the reason; `heads` tells what came of it. */
  push(updates: readonly RefUpdate[]): Promise<void>
  /** A new repository at the path. */
  clone(path: string, bare: boolean): Promise<void>
}

/** A remote is given up when it has said nothing for so long, in milliseconds. */
const silence = 120_000
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])
const scpLike = /^[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s:]+$/

/** The one protocol that a remote's URL may use. Throws `REPOSITORY_REMOTE_REFUSED`. */
export function protocolOf(url: string): 'https' | 'http' | 'ssh' | 'file' {
  if (/[\u0000-\u001f\u007f]/.test(url) || url.startsWith('-')) throw refused('is not a URL')
  if (isAbsolute(url)) return 'file'
  if (scpLike.test(url)) return 'ssh'
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined) throw refused('is not a URL')
  if (parsed.password !== '' || (parsed.protocol !== 'ssh:' && parsed.username !== ''))
    throw refused('holds credentials', 'Give the token by itself.')
  if (parsed.protocol === 'file:') return 'file'
  if (parsed.protocol === 'https:') return 'https'
  if (parsed.protocol === 'http:' && loopback.has(parsed.hostname)) return 'http'
  if (parsed.protocol === 'ssh:' && /^[A-Za-z0-9[]/.test(parsed.hostname) && !parsed.username.startsWith('-')) return 'ssh'
  throw refused('uses a protocol that is not allowed', 'Use https, ssh or a path; http only to this machine.')
}

function refused(what: string, cure = 'Use https, ssh or an absolute path.'): TidemarkError {
  return new TidemarkError('REPOSITORY_REMOTE_REFUSED', `The URL of the remote ${what}.`, { cure })
}

/** Settings are bound to the whole URL, which makes them the most specific: nothing in the repository's own file outranks them. */
function configOf(remote: Remote, protocol: string, token: string | undefined): ConfigEntry[] {
  if (protocol !== 'https' && protocol !== 'http') return []
  const entry = (name: string, value: string): ConfigEntry => [`http.${remote.url}.${name}`, value]
  const config = [entry('followRedirects', 'false'), entry('sslVerify', 'true')]
  if (remote.certificates !== undefined) config.push(entry('sslCAInfo', remote.certificates))
  if (token !== undefined) {
    if (/[\r\n\0]/.test(token)) {
      throw new TidemarkError('REPOSITORY_REMOTE_REFUSED', 'The token holds a line break.', { cure: 'Give the token alone.' })
    }
    const credentials = Buffer.from(`${remote.user ?? 'x-access-token'}:${token}`).toString('base64')
    // The empty one first: a header that somebody left in the repository's own settings would be sent beside ours.
    config.push(entry('extraHeader', ''), entry('extraHeader', `Authorization: Basic ${credentials}`))
  }
  return config
}

/**
 * Whether a setting, which may be the repository's own, would send backups elsewhere (`url.….pushInsteadOf`), start a program of its own choice
 * (`remote.<url>.receivepack`) or trust other certificates, and so whoever shows one. Git takes a URL for the name of a remote, too.
 * https://git-scm.com/docs/git-config#Documentation/git-config.txt-urlltbasegtpushInsteadOf
 */
function meddles(url: string, key: string, value: string): boolean {
  if (/^url\..*\.(?:push)?insteadof$/s.test(key)) return url.startsWith(value)
  if (/^http\.(?:.*\.)?sslca(?:info|path)$/s.test(key)) return url.startsWith('https:')
  const remotes = `remote.${url}.`
  return key.startsWith(remotes) && !key.slice(remotes.length).includes('.')
}

function cureOfSetting(key: string): string {
  if (key.startsWith('http.')) return 'Name the file as repository.ca in tidemark.yaml, and take the setting away: git config --unset-all.'
  return 'If you did not make it, find out who did. Take it away: git config --unset-all.'
}

/** A way to the remote for the repository of `settings`. Throws `REPOSITORY_REMOTE_REFUSED` for a URL that is not allowed. */
export function transportOf(settings: GitSettings, remote: Remote): Transport {
  const protocol = protocolOf(remote.url)
  const variables: Record<string, string> = { ...settings.variables, GIT_ALLOW_PROTOCOL: protocol }
  if (remote.sshCommand !== undefined) variables['GIT_SSH_COMMAND'] = remote.sshCommand
  const environmentWith = (token: string | undefined) =>
    environmentOf({ ...settings, variables, config: [...(settings.config ?? []), ...configOf(remote, protocol, token)] })
  // What is wrong with a token that is at hand is said before anything is begun.
  if (typeof remote.token === 'string') configOf(remote, protocol, remote.token)
  let checked: Promise<void> | undefined

  async function run(args: readonly string[], { outside = false } = {}): Promise<string> {
    settings.signal?.throwIfAborted()
    const token = typeof remote.token === 'function' ? await remote.token() : remote.token
    const { GIT_DIR: own, ...rest } = environmentWith(token)
    const env: Record<string, string> = outside || own === undefined ? rest : { ...rest, GIT_DIR: own }
    const git = simpleGit({
      ...(settings.program === undefined ? {} : { binary: settings.program }),
      ...(settings.signal === undefined ? {} : { abort: settings.signal }),
      timeout: { block: silence },
      allowEnvironment: Object.keys(env),
      // The guard looks for settings that start programs: each of these is one that `environmentOf` sets to nothing.
      unsafe: {
        allowUnsafeAskPass: true,
        allowUnsafeConfigEnvCount: true,
        allowUnsafeConfigPaths: true,
        allowUnsafeCredentialHelper: true,
        allowUnsafeFsMonitor: true,
        allowUnsafeHooksPath: true,
        allowUnsafeProtocolOverride: true,
        allowUnsafeSshCommand: true,
        allowUnsafeTemplateDir: true,
      },
    })
    try {
      return await git.env(env).raw([...args])
    } catch (error) {
      settings.signal?.throwIfAborted()
      throw remoteFailed(args[0] ?? '', error, remote, token)
    }
  }

  async function checkSettings(): Promise<void> {
    const entries = String(await gitOf(settings).run(['config', '--list', '--null'])).split('\0')
    const meddling = entries.map((entry) => entry.split('\n')).find(([key = '', value = '']) => meddles(remote.url, key, value))
    if (meddling === undefined) return
    const key = printable(meddling[0] ?? '')
    throw refused(`is not all that decides where backups go: a setting of this repository (${key}) has a say in it`, cureOfSetting(key))
  }

  async function through(args: readonly string[]): Promise<string> {
    checked ??= checkSettings()
    await checked
    return run(args)
  }

  return {
    heads: async (branches) => {
      const byRef = new Map(branches.map((branch) => [refOf(branch), branch]))
      const lines = (await through(['ls-remote', '--refs', remote.url, ...byRef.keys()])).split('\n')
      const found = new Map<string, CommitId>()
      for (const line of lines) {
        const [id = '', ref = ''] = line.split('\t')
        const branch = byRef.get(ref)
        if (branch !== undefined) found.set(branch, checkId(id))
      }
      return found
    },
    fetch: async (branches, unshallow) => {
      const quiet = ['--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules', '--no-prune', '--refmap=']
      await through(['fetch', ...quiet, ...(unshallow ? ['--unshallow'] : []), remote.url, ...branches.map(refOf)])
    },
    push: async (updates) => {
      const leases = updates.map(({ branch, expected }) => `--force-with-lease=${refOf(branch)}:${expected ?? ''}`)
      const plain = ['--porcelain', '--atomic', '--no-verify', '--no-signed', '--no-follow-tags', '--recurse-submodules=no']
      await through([
        'push',
        ...plain,
        ...leases,
        remote.url,
        ...updates.map(({ branch, commit }) => `${checkId(commit)}:${refOf(branch)}`),
      ])
    },
    clone: async (path, bare) => {
      const how = ['--quiet', '--no-tags', '--template=', ...(bare ? ['--bare'] : ['--no-checkout'])]
      await run(['clone', ...how, '--', remote.url, path], { outside: true })
    },
  }
}

/** How GitHub refuses what a ruleset forbids (GH013) and what branch protection does (GH006). */
const refusal = /GH0(?:06|13): [^\r\n]*\S|push declined due to repository rule violations|protected branch hook declined/

function remoteFailed(verb: string, error: unknown, { url }: Remote, token: string | undefined): TidemarkError {
  const text = error instanceof Error ? error.message : String(error)
  const rule = verb === 'push' ? refusal.exec(text)?.[0] : undefined
  const reason = reasonIn(rule ?? (token === undefined ? text : text.replaceAll(token, '…')))
  return new TidemarkError('REPOSITORY_REMOTE_FAILED', `git ${verb} did not succeed at the remote: ${reason}.`, {
    data: { verb, reason },
    cure:
      rule === undefined
        ? cureOf(text, url, token)
        : 'A rule of the repository forbids it. sites/… and tidemark/… take pushes of the App and of administrators alone: ask on the pull request (/plan, /apply, /check), or let an administrator run the command.',
  })
}

function cureOf(text: string, url: string, token: string | undefined): string {
  if (!/Authentication failed|could not read Username|Permission denied|returned error: 40[13]/i.test(text))
    return 'Check the address of the remote and that it can be reached.'
  if (token === undefined && /^https?:/.test(url))
    return "Give a token that may write these branches: TIDEMARK_GIT_TOKEN (with GitHub's command line: $(gh auth token)), or name the remote by ssh."
  return 'Check that the token or key is valid and may write these branches.'
}
