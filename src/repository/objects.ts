/** Objects by id, through one `git cat-file --batch`. What is handed out has the id it was asked for by: git itself does not look. */
import { createHash } from 'node:crypto'
import { queueOf } from '../lib/arrivals.ts'
import { TidemarkError } from '../model/errors.ts'
import { type CatFile, catFile } from './cat-file.ts'
import type { Frames } from './frames.ts'
import { type Git, gitFailed, wholeClone } from './git.ts'
import { checkId } from './names.ts'

/** Most bytes of one file, in and out. */
export const largestFile = 8 * 1024 * 1024

export type Kind = 'blob' | 'commit' | 'tree'
export type Wanted = readonly [kind: Kind, id: string]

/**
 * The bytes of these objects, one at a time in the order asked for; ids are taken no faster than objects are. A repository that was copied
 * in, and not fetched, may hold anything under any name: therefore every object is hashed. Throws `REPOSITORY_NO_SUCH_OBJECT`,
 * `REPOSITORY_FILE_REFUSED` (over 8 MiB), `REPOSITORY_DAMAGED`, `REPOSITORY_GIT_FAILED`.
 */
export async function* objects(git: Git, wanted: Iterable<Wanted> | AsyncIterable<Wanted>): AsyncGenerator<Buffer> {
  const reader = catFile(git)
  const asked = queueOf<Wanted>()
  let owed = 0
  let isOver = false
  const push = (one: Wanted): void => {
    owed += 1
    asked.push(one)
  }
  const feeding = ask(reader, wanted, () => isOver, push).finally(asked.end)
  feeding.catch(() => {})
  try {
    for await (const [kind, id] of asked) {
      const bytes = await content(reader.answers, kind, id)
      if (bytes === undefined) {
        git.settings.signal?.throwIfAborted()
        throw gitFailed('cat-file', (await reader.complaint()) || `it ended before it had answered for ${id}`)
      }
      owed -= 1
      yield bytes
    }
    await feeding
  } finally {
    isOver = true
    reader.release(owed === 0)
  }
}

async function content(frames: Frames, kind: Kind, id: string): Promise<Buffer | undefined> {
  const header = await frames.line()
  if (header === undefined) return undefined
  const [, found, size = ''] = / (\w+)(?: (\d+))?$/.exec(header) ?? []
  if (found !== kind) {
    throw new TidemarkError('REPOSITORY_NO_SUCH_OBJECT', `There is no ${kind} ${id} in the repository.`, {
      data: { id, kind },
      cure: `Fetch the branch again; if it is still missing, run \`git fsck\`. Was it left out of a partial clone? ${wholeClone}`,
    })
  }
  if (Number(size) > largestFile) {
    throw new TidemarkError('REPOSITORY_FILE_REFUSED', `The ${kind} ${id} is larger than ${largestFile} bytes.`, {
      data: { id, size: Number(size) },
    })
  }
  const bytes = (await frames.bytes(Number(size) + 1))?.subarray(0, -1)
  if (bytes !== undefined && createHash('sha1').update(`${kind} ${size}\0`).update(bytes).digest('hex') !== id) {
    throw new TidemarkError('REPOSITORY_DAMAGED', `The ${kind} ${id} holds something else than its id says.`, {
      data: { id, kind },
      cure: 'Do not use this copy of the repository: clone it again from where you trust it.',
    })
  }
  return bytes
}

async function ask(
  { input, gone }: CatFile,
  wanted: Iterable<Wanted> | AsyncIterable<Wanted>,
  isOver: () => boolean,
  asked: (wanted: Wanted) => void,
): Promise<void> {
  for await (const one of wanted) {
    if (isOver()) return
    const free = input.write(`${checkId(one[1])}\n`)
    asked(one)
    if (!free) await Promise.race([new Promise((resolve) => input.once('drain', resolve)), gone])
    if (input.destroyed) return
  }
}

export type Get = (kind: Kind, id: string) => Promise<Buffer>

/** For looking around, where each answer tells what to ask next: `get` answers one object; one call at a time. */
export async function withObjects<T>(git: Git, use: (get: Get) => Promise<T>): Promise<T> {
  const wanted = queueOf<Wanted>()
  const answers = objects(git, wanted)
  try {
    return await use(async (kind, id) => {
      wanted.push([kind, id])
      const { value } = await answers.next()
      return value as Buffer
    })
  } finally {
    wanted.end()
    await answers.return(undefined)
  }
}
