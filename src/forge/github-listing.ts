import { TidemarkError } from '../model/errors.ts'

interface Page<T> {
  readonly data: readonly T[]
}

// At 100 entries a page far beyond what one of our listings can hold.
const mostPages = 100

/** All entries of a listing, page after page, as the `Link` header leads: what is not whole is not used. */
export async function whole<T>(pages: AsyncIterable<Page<T>>): Promise<T[]> {
  const found: T[] = []
  for await (const entry of entriesOf(pages)) found.push(entry)
  return found
}

/** The entries one after the other, so that whoever has found what they looked for asks for no further page. */
export async function* entriesOf<T>(pages: AsyncIterable<Page<T>>): AsyncGenerator<T> {
  let count = 0
  for await (const { data } of pages) {
    count += 1
    if (count > mostPages) throw new TidemarkError('FORGE_UNEXPECTED', 'A listing of GitHub has more pages than anybody can have filled.')
    if (!Array.isArray(data)) throw new TidemarkError('FORGE_UNEXPECTED', 'A page of a listing of GitHub is no list.')
    yield* data
  }
}
