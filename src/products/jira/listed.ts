import { type JiraSite, statusOf } from './site.ts'

/**
 * One object as it is told by its id, or undefined. Of an id that nothing has, the documents of statuses and workflows say only that the request is not valid
 * (400): then the list tells, read once more for all that are asked for so.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-post
 */
export async function listedUnlessTold<Item extends { readonly id: string }>(
  site: JiraSite,
  { id, what, all }: { readonly id: string; readonly what: string; readonly all: (site: JiraSite) => AsyncIterable<Item> },
  told: () => Promise<Item | undefined>,
): Promise<Item | undefined> {
  try {
    return await told()
  } catch (error) {
    if (statusOf(error) !== 400) throw error
    const listed = await site.once(`${what}, listed once more`, () => Array.fromAsync(all(site)))
    return listed.find((found) => found.id === id)
  }
}
