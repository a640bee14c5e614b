/**
 * Signatures as `ssh-keygen -Y sign -n git` makes them, in process: no key file on disk, no program to find.
 * https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto'
import { TidemarkError } from '../model/errors.ts'
import { field, fieldsOf, number } from './ssh-wire.ts'

const algorithm = 'ssh-ed25519'
const namespace = 'git'
const magic = Buffer.from('SSHSIG')
const privateMagic = Buffer.from('openssh-key-v1\0')
const begin = '-----BEGIN SSH SIGNATURE-----'
const end = '-----END SSH SIGNATURE-----'

/** A key that signs commits. The secret stays inside: it is not a property, so nothing can print it. */
export interface SigningKey {
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly fingerprint: string
  /** The armoured signature of a text in the namespace `git`. */
  sign(message: Uint8Array): string
}

/** A new ed25519 key: the private part as OpenSSH text (unencrypted: keep it in a secret store), and its public line. */
export function generateSigningKey(comment = 'tidemark'): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  const jwk = privateKey.export({ format: 'jwk' })
  const seed = Buffer.from(jwk.d as string, 'base64url')
  const point = Buffer.from(jwk.x as string, 'base64url')
  const check = randomBytes(4)
  const open = Buffer.concat([check, check, field(algorithm), field(point), field(Buffer.concat([seed, point])), field(comment)])
  const padding = Buffer.from(Array.from({ length: (8 - (open.length % 8)) % 8 }, (_, index) => index + 1))
  // https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
  const blob = Buffer.concat([
    privateMagic,
    ...[field('none'), field('none'), field(''), number(1), field(publicBlob(point))],
    field(Buffer.concat([open, padding])),
  ])
  const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${wrap(blob)}\n-----END OPENSSH PRIVATE KEY-----\n`
  return { privateKey: text, publicKey: publicLine(publicBlob(point)) }
}

/** Reads an unencrypted ed25519 private key, OpenSSH or PKCS#8 text. Throws `REPOSITORY_KEY_INVALID`, never with a part of the text. */
export function readSigningKey(text: string): SigningKey {
  const key = text.includes('BEGIN OPENSSH PRIVATE KEY') ? fromOpenSsh(text) : fromPkcs8(text)
  const blob = publicBlob(Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x as string, 'base64url'))
  return {
    publicKey: publicLine(blob),
    fingerprint: fingerprintOfBlob(blob),
    sign: (message) => armour(blob, sign(null, signedData(message, 'sha512'), key)),
  }
}

function fromPkcs8(text: string): KeyObject {
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // The reason may quote the text: it is not passed on.
  }
  throw invalidKey('is neither an OpenSSH nor a PKCS#8 private key of type ed25519')
}

function fromOpenSsh(text: string): KeyObject {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/.exec(text)?.[1] ?? ''
  const blob = Buffer.from(body, 'base64')
  if (!blob.subarray(0, privateMagic.length).equals(privateMagic)) throw invalidKey('is damaged')
  const outer = fieldsOf(blob.subarray(privateMagic.length))
  const cipher = String(outer.next())
  outer.next()
  outer.next()
  if (cipher !== 'none')
    throw invalidKey('is protected by a passphrase', 'Remove it with `ssh-keygen -p -N ""` and keep the key in a secret store.')
  const keys = outer.number()
  outer.next()
  const inner = fieldsOf(outer.next() ?? Buffer.alloc(0))
  const [check, again] = [inner.number(), inner.number()]
  const kind = String(inner.next())
  const point = inner.next()
  const secret = inner.next()
  if (keys !== 1 || check !== again || kind !== algorithm || point?.length !== 32 || secret?.length !== 64)
    throw invalidKey('is not a single ed25519 key')
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: secret.subarray(0, 32).toString('base64url'), x: point.toString('base64url') }
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' })
  } catch {
    throw invalidKey('is damaged')
  }
}

function invalidKey(what: string, cure = 'Give the text of the key that `init` made.'): TidemarkError {
  return new TidemarkError('REPOSITORY_KEY_INVALID', `The signing key ${what}.`, { cure })
}

/** `SHA256:…` of a public line, as ssh-keygen prints it. Throws `REPOSITORY_KEY_INVALID`. */
export function fingerprintOf(publicKey: string): string {
  return fingerprintOfBlob(blobOfLine(publicKey))
}

/**
 * The text of an `allowed_signers` file, for `git verify-commit`: each name may sign commits with its key, and nothing else.
 * https://man.openbsd.org/ssh-keygen.1#ALLOWED_SIGNERS
 */
export function allowedSigners(signers: Iterable<{ readonly name: string; readonly publicKey: string }>): string {
  let text = ''
  for (const { name, publicKey } of signers) {
    const principal = name.replace(/[^A-Za-z0-9@._-]/g, '-') || 'tidemark'
    text += `${principal} namespaces="${namespace}" ${publicLine(blobOfLine(publicKey))}\n`
  }
  return text
}

/**
 * The fingerprint of the trusted key (`ssh-ed25519 AAAA…`) that made this signature of this message; undefined where none did: the armour is
 * not a signature, it was made for another namespace or message, or its key is not on the list.
 */
export function signerOf(message: Uint8Array, armoured: string, trusted: readonly string[]): string | undefined {
  const signature = readArmour(armoured)
  if (signature === undefined) return undefined
  const known = trusted.some((line) => blobOfLine(line).equals(signature.blob))
  if (!known) return undefined
  const x = signature.blob.subarray(-32).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, signedData(message, signature.hash), key, signature.bytes) ? fingerprintOfBlob(signature.blob) : undefined
}

function readArmour(text: string): { blob: Buffer; hash: 'sha256' | 'sha512'; bytes: Buffer } | undefined {
  const trimmed = text.trim()
  if (!trimmed.startsWith(begin) || !trimmed.endsWith(end)) return undefined
  const body = trimmed.slice(begin.length, -end.length)
  if (!/^[A-Za-z0-9+/=\s]*$/.test(body)) return undefined
  const whole = Buffer.from(body, 'base64')
  if (!whole.subarray(0, magic.length).equals(magic)) return undefined
  const reader = fieldsOf(whole.subarray(magic.length))
  if (reader.number() !== 1) return undefined
  const [blob, space, reserved, hash, wrapped] = [reader.next(), reader.next(), reader.next(), reader.next(), reader.next()]
  const inner = fieldsOf(wrapped ?? Buffer.alloc(0))
  const [kind, bytes] = [inner.next(), inner.next()]
  const digest = String(hash)
  if (blob === undefined || !isPublicBlob(blob) || reserved?.length !== 0 || !reader.atEnd() || !inner.atEnd()) return undefined
  if (String(space) !== namespace || String(kind) !== algorithm || bytes?.length !== 64) return undefined
  return digest === 'sha256' || digest === 'sha512' ? { blob, hash: digest, bytes } : undefined
}

function signedData(message: Uint8Array, hash: 'sha256' | 'sha512'): Buffer {
  return Buffer.concat([magic, field(namespace), field(''), field(hash), field(createHash(hash).update(message).digest())])
}

function armour(blob: Buffer, bytes: Buffer): string {
  const signature = field(Buffer.concat([field(algorithm), field(bytes)]))
  const whole = Buffer.concat([magic, number(1), field(blob), field(namespace), field(''), field('sha512'), signature])
  return `${begin}\n${wrap(whole)}\n${end}\n`
}

function publicBlob(point: Buffer): Buffer {
  return Buffer.concat([field(algorithm), field(point)])
}

function isPublicBlob(blob: Buffer): boolean {
  return blob.length === 51 && blob.equals(publicBlob(blob.subarray(-32)))
}

function publicLine(blob: Buffer): string {
  return `${algorithm} ${blob.toString('base64')}`
}

function blobOfLine(line: string): Buffer {
  const [kind, text = ''] = line.trim().split(/\s+/)
  const blob = Buffer.from(text, 'base64')
  if (kind === algorithm && isPublicBlob(blob) && blob.toString('base64') === text) return blob
  throw new TidemarkError('REPOSITORY_KEY_INVALID', 'A public key is not a line of the form "ssh-ed25519 AAAA…".')
}

function fingerprintOfBlob(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

function wrap(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{70}(?=.)/g, '$&\n')
}
