/** Values put in at one end and awaited at the other, by a single reader. */
export interface Queue<T> extends AsyncIterable<T> {
  readonly push: (value: T) => void
  /** What was pushed before is still handed out. */
  readonly end: () => void
}

export function queueOf<T>(): Queue<T> {
  let waiting: T[] = []
  let ended = false
  let wake = (): void => {}
  return {
    push: (value) => {
      waiting.push(value)
      wake()
    },
    end: () => {
      ended = true
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const batch = waiting
        waiting = []
        yield* batch
        if (waiting.length > 0) continue
        if (ended) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
