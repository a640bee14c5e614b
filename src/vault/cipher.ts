import { isUtf8 } from 'node:buffer'
import { createCipheriv, createDecipheriv, createHash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { TidemarkError } from '../model/errors.ts'
import type { Scalar } from './tree.ts'

/**
 * How SOPS encrypts one value: AES-256-GCM with an initialisation vector of 32 bytes and a tag of 16, written as
 * `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`. After `aes/cipher.go` and `sops.go` of getsops/sops.
 */

/** The types of values we write. `time` (since 3.10) and `comment` are only read; Go's reader fails on `bytes`. */
type ValueType = 'str' | 'int' | 'float' | 'bool'

/** A value as SOPS encrypts and hashes it. */
export interface Plain {
  readonly type: ValueType
  readonly text: string
}

const prefix = 'ENC[AES256_GCM,data:'
const ivLength = 32
const tagLength = 16
const withTag = { authTagLength: tagLength } as const

// Printable ASCII without a blank: whatever such a text holds, it is one plain scalar in every YAML.
const form = /ENC\[AES256_GCM,[!-\\^-~]*\]/y

/** Where the text ends that begins here and has the outward form of an encrypted value; -1 where none does. */
export function endOfCiphertext(text: string, start: number): number {
  form.lastIndex = start
  return form.test(text) ? form.lastIndex : -1
}

export function isEncrypted(text: string): boolean {
  return text.startsWith('ENC[AES256_GCM,')
}

/** The bytes of a value, as text: numbers never with an exponent, booleans as Go writes them. Not for null. */
export function plainOf(value: Exclude<Scalar, null>): Plain {
  if (typeof value === 'string') return { type: 'str', text: value }
  if (typeof value === 'boolean') return { type: 'bool', text: value ? 'True' : 'False' }
  if (typeof value === 'bigint' || (Number.isSafeInteger(value) && !Object.is(value, -0))) return { type: 'int', text: String(value) }
  return { type: 'float', text: digitsOf(value) }
}

/** The shortest digits that give the number back, without exponent: `strconv.FormatFloat(f, 'f', -1, 64)`. */
function digitsOf(value: number): string {
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  const at = text.indexOf('e')
  if (at < 0) return text
  const exponent = Number(text.slice(at + 1))
  const sign = text.startsWith('-') ? '-' : ''
  const [whole, fraction = ''] = text.slice(sign.length, at).split('.') as [string, string?]
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`
  return `${sign}${whole}${fraction.padEnd(exponent, '0')}`
}

let pool = Buffer.alloc(0)
let used = 0

/** A fresh initialisation vector. Random bytes are drawn in bulk (ten times faster), each handed out once. */
function freshIv(): Buffer {
  if (used === pool.length) {
    pool = randomBytes(ivLength * 256)
    used = 0
  }
  used += ivLength
  return pool.subarray(used - ivLength, used)
}

/**
 * Encrypts one value. `additional` is what the value is bound to: its path, or for the MAC the time of the last change. The empty string
 * is the caller's: SOPS leaves it as it is.
 */
export function encryptValue(plain: Plain, key: KeyObject, additional: string): string {
  const iv = freshIv()
  const cipher = createCipheriv('aes-256-gcm', key, iv, withTag)
  cipher.setAAD(Buffer.from(additional))
  // GCM gives as many bytes as it takes, at once. Encoding them here spares a decoder a value.
  const data = cipher.update(plain.text, 'utf8').toString('base64')
  cipher.final()
  return `${prefix}${data},iv:${iv.toString('base64')},tag:${cipher.getAuthTag().toString('base64')},type:${plain.type}]`
}

/**
 * Decrypts one value. Throws `VAULT_TAMPERED` when it is not what was encrypted for this place with this key, and `VAULT_MALFORMED` when it
 * has not the form of an encrypted value.
 */
export function decryptValue(
  text: string,
  key: KeyObject,
  additional: string,
): { readonly value: Exclude<Scalar, null>; readonly plain: Plain } {
  const pieces = piecesOf(text)
  if (pieces === undefined) {
    throw new TidemarkError('VAULT_MALFORMED', 'A value has not the form of an encrypted value of SOPS.', { data: { at: additional } })
  }
  const bytes = decryptBytes(pieces, key, additional)
  const value = isUtf8(bytes) ? typed(bytes.toString('utf8'), pieces.type) : undefined
  if (value === undefined) {
    throw new TidemarkError(
      'VAULT_UNSUPPORTED',
      'An encrypted value is not of type str, int, float, bool or time, or does not fit its type.',
      {
        data: { at: additional },
      },
    )
  }
  return { value, plain: plainOf(value) }
}

/** Is this, by its form and size, a value of that type and so many bytes? What can be compared without a key. The text may stand within another. */
export function hasOutline(text: string, plain: Plain, start = 0, stop = text.length): boolean {
  const end = text.indexOf(',', start + prefix.length)
  if (!text.startsWith(prefix, start) || end < 0 || end > stop || !text.endsWith(endings[plain.type], stop)) return false
  const padding = text.charCodeAt(end - 1) !== 61 ? 0 : text.charCodeAt(end - 2) !== 61 ? 1 : 2
  return ((end - start - prefix.length) / 4) * 3 - padding === Buffer.byteLength(plain.text)
}

const endings: Readonly<Record<ValueType, string>> = { str: ',type:str]', int: ',type:int]', float: ',type:float]', bool: ',type:bool]' }

interface Pieces {
  readonly data: Buffer
  readonly iv: Buffer
  readonly tag: Buffer
  readonly type: string
}

/** Undefined for what has not the form, an initialisation vector of 12 to 64 bytes, and a whole tag. */
function piecesOf(text: string): Pieces | undefined {
  const ivAt = text.indexOf(',iv:', prefix.length)
  const tagAt = text.indexOf(',tag:', ivAt)
  const typeAt = text.indexOf(',type:', tagAt)
  if (!text.startsWith(prefix) || ivAt < 0 || tagAt < 0 || typeAt < 0 || !text.endsWith(']')) return undefined
  const data = bytesOf(text.slice(prefix.length, ivAt))
  const iv = bytesOf(text.slice(ivAt + 4, tagAt))
  const tag = bytesOf(text.slice(tagAt + 5, typeAt))
  if (data === undefined || iv === undefined || tag === undefined) return undefined
  if (data.length === 0 || iv.length < 12 || iv.length > 64 || tag.length !== tagLength) return undefined
  return { data, iv, tag, type: text.slice(typeAt + 6, -1) }
}

/** Strict: Node skips what is no base64, so that changed bytes could go unseen. */
function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : undefined
}

function decryptBytes(pieces: Pieces, key: KeyObject, additional: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, pieces.iv, withTag)
  decipher.setAAD(Buffer.from(additional))
  decipher.setAuthTag(pieces.tag)
  const bytes = decipher.update(pieces.data)
  try {
    decipher.final()
  } catch {
    throw new TidemarkError('VAULT_TAMPERED', 'An encrypted value was changed, moved to another key, or encrypted with another data key.', {
      data: { at: additional },
      cure: 'Take the document from an earlier commit.',
    })
  }
  return bytes
}

const trueWords = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])
const falseWords = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])

/** The value of a text of that type; undefined when it does not fit. */
function typed(text: string, type: string): Exclude<Scalar, null> | undefined {
  if (type === 'str' || type === 'time') return text
  if (type === 'int' && /^[-+]?[0-9]{1,64}$/.test(text)) {
    const value = BigInt(text.replace('+', ''))
    const near = Number(value)
    if (Number.isSafeInteger(near)) return near
    if (BigInt.asIntN(64, value) === value) return value
  } else if (type === 'float' && /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text)) {
    return Number(text)
  } else if (type === 'bool') {
    if (trueWords.has(text)) return true
    if (falseWords.has(text)) return false
  }
  return undefined
}

/** The MAC of SOPS: SHA-512 over the bytes of all values in document order, nothing between them, in upper-case hexadecimal digits. */
export function macOf(texts: readonly string[], seed: Uint8Array = new Uint8Array(0)): string {
  // All texts are well-formed, so that joining them gives the same bytes as encoding each: one call in place of thousands.
  return createHash('sha512').update(seed).update(texts.join(''), 'utf8').digest('hex').toUpperCase()
}

/** Compares in constant time. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
