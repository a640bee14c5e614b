import type { Context } from '../model/context.ts'
import { mayHaveBeenDone } from './github-errors.ts'

// How long an answer that was lost may take to show in a listing.
const settleMs = 5_000

/**
 * Makes a thing once: where the answer was lost on its way, it is looked for before it is made again. `find` must not find what was there before.
 */
export async function makeOnce<T>({ clock, signal }: Context, make: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    if (!mayHaveBeenDone(error)) throw error
  }
  await clock.sleep(settleMs, signal)
  return (await find()) ?? make()
}
