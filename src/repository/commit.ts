/** Commit objects, byte by byte: built here, since git would start ssh-keygen to sign them, and read here, since a signature covers bytes. */
import { TidemarkError } from '../model/errors.ts'
import { cleanMessage, readMessage } from './message.ts'
import { isId } from './names.ts'
import type { CommitId, CommitInfo } from './repository.ts'
import { type SigningKey, signerOf } from './signing.ts'

/** Author and committer of every commit; whose changes a commit holds stands in its trailers. `.invalid` is nobody's (RFC 2606). */
const identity = 'Tidemark <tidemark@noreply.invalid>'

export interface CommitContent {
  readonly tree: string
  readonly parent: CommitId | undefined
  readonly at: Date
  readonly message: string
}

/** The bytes of a signed commit object. The signature stands in the header `gpgsig`, its further lines indented by one blank. */
export function signedCommit(content: CommitContent, key: SigningKey): Buffer {
  const when = `${identity} ${Math.floor(content.at.getTime() / 1000)} +0000`
  const parent = content.parent === undefined ? '' : `parent ${content.parent}\n`
  const header = `tree ${content.tree}\n${parent}author ${when}\ncommitter ${when}\n`
  const message = `\n${cleanMessage(content.message)}`
  const signature = key
    .sign(Buffer.from(header + message))
    .trimEnd()
    .replaceAll('\n', '\n ')
  return Buffer.from(`${header}gpgsig ${signature}\n${message}`)
}

interface ReadCommit {
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** What the signature covers: every byte but the signature's own header. */
  readonly payload: Buffer
  readonly message: string
}

function readCommit(bytes: Buffer): ReadCommit {
  const split = bytes.indexOf('\n\n')
  const head = bytes.subarray(0, split < 0 ? bytes.length : split + 1)
  const headers: [string, string][] = []
  const kept: Buffer[] = []
  let at = 0
  while (at < head.length) {
    let stop = head.indexOf('\n', at)
    while (stop >= 0 && head[stop + 1] === 0x20) stop = head.indexOf('\n', stop + 1)
    const next = stop < 0 ? head.length : stop + 1
    const line = String(head.subarray(at, next)).replace(/\n$/, '')
    const blank = line.indexOf(' ')
    const name = line.slice(0, blank < 0 ? line.length : blank)
    headers.push([name, blank < 0 ? '' : line.slice(blank + 1).replaceAll('\n ', '\n')])
    if (name !== 'gpgsig') kept.push(head.subarray(at, next))
    at = next
  }
  kept.push(bytes.subarray(head.length))
  return { headers, payload: Buffer.concat(kept), message: split < 0 ? '' : String(bytes.subarray(split + 2)) }
}

/** What a commit object says. The time is the committer's. */
export function commitInfo(id: CommitId, bytes: Buffer): CommitInfo {
  const { headers, message } = readCommit(bytes)
  const seconds = Number(/> (\d+) [+-]\d{4}$/.exec(headers.find(([name]) => name === 'committer')?.[1] ?? '')?.[1] ?? Number.NaN)
  if (Number.isNaN(seconds))
    throw new TidemarkError('REPOSITORY_DAMAGED', `Commit ${id} says nothing about its time.`, { data: { commit: id } })
  const parents = headers.filter(([name]) => name === 'parent').map(([, value]) => value)
  return { id, parents, at: new Date(seconds * 1000), ...readMessage(message) }
}

/** The tree of a commit object. */
export function treeOf(id: CommitId, bytes: Buffer): string {
  const [first] = readCommit(bytes).headers
  if (first?.[0] === 'tree' && isId(first[1])) return first[1]
  throw new TidemarkError('REPOSITORY_DAMAGED', `Commit ${id} names no tree.`, { data: { commit: id } })
}

/** The fingerprint of the trusted key that signed this commit. Throws `REPOSITORY_UNTRUSTED` where there is none. */
export function checkSignature(id: CommitId, bytes: Buffer, trusted: readonly string[]): string {
  const { headers, payload } = readCommit(bytes)
  const signatures = headers.filter(([name]) => name.startsWith('gpgsig'))
  const [signature] = signatures
  if (signature === undefined) throw untrusted(id, 'is not signed')
  // Two signatures, or one that was made for the other kind of repository, are never ours, and readers differ about what they cover.
  if (signatures.length > 1 || signature[0] !== 'gpgsig') throw untrusted(id, 'carries more than one signature')
  const fingerprint = signerOf(payload, signature[1], trusted)
  if (fingerprint === undefined) throw untrusted(id, 'is not signed by a trusted key, or was changed after it was signed')
  return fingerprint
}

function untrusted(id: CommitId, what: string): TidemarkError {
  return new TidemarkError('REPOSITORY_UNTRUSTED', `Commit ${id} ${what}.`, {
    data: { commit: id },
    cure: 'Do not restore from it. Look at who pushed it; the last commit that `verify` accepts is good.',
  })
}
