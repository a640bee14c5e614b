/** Lines and counted bytes out of one stream, without ever joining more than was asked for. */
export interface Frames {
  /** The next line without its end, as Latin-1; undefined at the end of the stream or where no line end comes within 4 KiB. */
  line(): Promise<string | undefined>
  /** Exactly so many bytes; undefined where the stream ends before. */
  bytes(count: number): Promise<Buffer | undefined>
}

const longestLine = 4_096

export function framesOf(stream: AsyncIterable<Buffer>): Frames {
  const source = stream[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  async function more(): Promise<boolean> {
    const { done, value } = await source.next()
    if (done === true) return false
    rest = rest.length === 0 ? value : Buffer.concat([rest, value])
    return true
  }

  return {
    line: async () => {
      for (;;) {
        const stop = rest.indexOf(10)
        if (stop >= 0) {
          const text = rest.toString('latin1', 0, stop)
          rest = rest.subarray(stop + 1)
          return text
        }
        if (rest.length > longestLine || !(await more())) return undefined
      }
    },
    bytes: async (count) => {
      if (rest.length >= count) {
        const found = rest.subarray(0, count)
        rest = rest.subarray(count)
        return found
      }
      const found = Buffer.allocUnsafe(count)
      let filled = rest.copy(found)
      rest = Buffer.alloc(0)
      while (filled < count) {
        if (!(await more())) return undefined
        const taken = rest.copy(found, filled)
        filled += taken
        rest = rest.subarray(taken)
      }
      return found
    },
  }
}
