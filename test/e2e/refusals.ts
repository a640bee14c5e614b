import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Desk, leaksIn, type Ran, type RunOptions } from './kit.ts'

export interface Refused {
  readonly code: number
  /** The first line on stderr. */
  readonly says: RegExp
  /** What to do now, in the lines below. */
  readonly cure: RegExp
}

/** Runs what must be refused: with this exit code, in a sentence and a cure, without data on stdout, a leak, or anything written anywhere. */
export async function refuses(at: Desk, words: readonly string[], expected: Refused, options: RunOptions = {}): Promise<Ran> {
  const before = at.everything()

  const ran = await at.run(words, options)

  const [first = '', ...rest] = ran.stderr.split('\n')
  expect(first).toMatch(expected.says)
  expect(rest.join('\n')).toMatch(expected.cure)
  expect({ code: ran.code, stdout: ran.stdout, leaks: leaksIn(ran, at) }).toEqual({ code: expected.code, stdout: '', leaks: [] })
  expect(at.everything()).toBe(before)
  return ran
}

/** Puts another text into a file of the repository for the length of `act`. */
export async function withFile(at: Desk, path: string, change: (text: string) => string, act: () => Promise<unknown>): Promise<void> {
  const file = join(at.folder, path)
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, change(before))
  try {
    await act()
  } finally {
    writeFileSync(file, before)
  }
}
