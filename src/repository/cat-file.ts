/**
 * Processes that read objects. Starting one costs more than most of what it is asked, so that one which has answered is kept for a moment for whoever
 * asks next. https://git-scm.com/docs/git-cat-file#_batch_output
 */
import type { Socket } from 'node:net'
import { type Frames, framesOf } from './frames.ts'
import { endOnAbort, exitOf, type Git, stderrOf } from './git.ts'

/** How long one waits for the next asker, in milliseconds: long for a run, and nothing that a person would see among the processes. */
const patience = 500

/** A `git cat-file --batch`, for one asker at a time. */
export interface CatFile {
  readonly input: Socket
  readonly answers: Frames
  /** Settles when nothing more can be written to it. */
  readonly gone: Promise<void>
  /** What it complained of, once it has ended. */
  complaint(): Promise<string>
  /** Gives it back: to be kept where it owes no answer, else to be ended. */
  release(clean: boolean): void
}

interface Kept extends CatFile {
  hold(): void
}

const kept = new WeakMap<Git, Kept[]>()

/** One that owes nobody an answer. */
export function catFile(git: Git): CatFile {
  git.settings.signal?.throwIfAborted()
  const reader = kept.get(git)?.pop() ?? started(git)
  reader.hold()
  return reader
}

function started(git: Git): Kept {
  const child = git.start(['cat-file', '--batch'], ['pipe', 'pipe', 'pipe'])
  const stderr = stderrOf(child)
  const exit = exitOf(child)
  // Whoever waits for an answer is told; a program that could not be started must not count as an unhandled rejection.
  exit.catch(() => {})
  const [input, output, errors] = [child.stdin, child.stdout, child.stderr] as unknown as readonly [Socket, Socket, Socket]
  const gone = new Promise<void>((resolve) => {
    input.on('error', () => resolve())
    input.once('close', resolve)
  })
  let isOver = false
  child.once('exit', () => {
    isOver = true
    drop()
  })
  const waiting = kept.get(git) ?? []
  kept.set(git, waiting)
  let forget = () => {}
  let timer: NodeJS.Timeout | undefined

  function drop(): void {
    clearTimeout(timer)
    const at = waiting.indexOf(reader)
    if (at >= 0) waiting.splice(at, 1)
  }
  // While it waits it must not keep our own process alive. When that ends its input does, and so does it.
  const parts = [child, input, output, errors]
  const reader: Kept = {
    input,
    answers: framesOf(output),
    gone,
    complaint: async () => {
      await exit
      return stderr()
    },
    hold() {
      clearTimeout(timer)
      for (const part of parts) part.ref()
      forget = endOnAbort(child, git.settings.signal)
    },
    release(clean) {
      forget()
      if (!clean || isOver || git.settings.signal?.aborted) {
        child.kill('SIGKILL')
        return
      }
      for (const part of parts) part.unref()
      waiting.push(reader)
      timer = setTimeout(() => {
        drop()
        input.end()
      }, patience).unref()
    },
  }
  return reader
}
