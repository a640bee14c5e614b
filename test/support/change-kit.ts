// What the changes of random sites have in common.
import { type JiraSite, statusOf } from '../../src/products/jira/site.ts'
import { orX } from './names.ts'

export const api = '/rest/api/3'

/** Places, in the lists of what there is, of what is changed and of what it is given. */
export interface Drawn {
  readonly of: number
  readonly part: number
  readonly to: number
  readonly text: string
}

/** Changes something through Jira's API, or nothing where the site holds nothing of the kind. */
export type Change = (admin: JiraSite, drawn: Drawn) => Promise<void>

export interface Named {
  readonly id: string
  readonly name: string
  readonly description?: string
}

export function changed(name: string, longest: number): string {
  return `${orX(name, longest - 8)} changed`
}

export async function all<Item>(admin: JiraSite, path: string, size: number): Promise<readonly Item[]> {
  return Array.fromAsync(admin.pages<Item>(path, { size }))
}

export async function unlessRefused(writing: Promise<unknown>): Promise<void> {
  await writing.catch((error: unknown) => {
    if (statusOf(error) !== 400) throw error
  })
}
