import { type JiraSite, statusOf } from './site.ts'

/**
 * About how many work items match a JQL that names ids only; undefined where the site cannot tell (a field that it does not search, no access).
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-approximate-count-post
 */
export async function workItems(site: JiraSite, jql: string): Promise<number | undefined> {
  try {
    const { count } = await site.ask<{ count?: unknown }>('/rest/api/3/search/approximate-count', { jql })
    return typeof count === 'number' ? count : undefined
  } catch (error) {
    if (statusOf(error) === undefined) throw error
    return undefined
  }
}

/** `1 work item`, `12 work items`, or, where the site cannot tell, `work items`. */
export function someWorkItems(count: number | undefined): string {
  return count === undefined ? 'work items' : count === 1 ? '1 work item' : `${count} work items`
}

/** A custom field as JQL names it without its name: `cf[10010]`. */
export function clauseOf(fieldId: string): string {
  return `cf[${fieldId.replace(/^customfield_/, '')}]`
}
