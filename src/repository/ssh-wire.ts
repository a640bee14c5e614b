/** Length-prefixed fields as SSH writes them (RFC 4251, section 5). */

export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function field(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([number(bytes.length), bytes])
}

export interface Fields {
  /** The next field; undefined where the bytes end too early. */
  next(): Buffer | undefined
  number(): number | undefined
  atEnd(): boolean
}

/** Reads one field after the other. */
export function fieldsOf(bytes: Buffer): Fields {
  let at = 0
  function readNumber(): number | undefined {
    if (at + 4 > bytes.length) return undefined
    at += 4
    return bytes.readUInt32BE(at - 4)
  }
  return {
    number: readNumber,
    next: () => {
      const length = readNumber()
      if (length === undefined || at + length > bytes.length) return undefined
      at += length
      return bytes.subarray(at - length, at)
    },
    atEnd: () => at === bytes.length,
  }
}
