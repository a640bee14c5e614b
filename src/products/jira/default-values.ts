import { TidemarkError } from '../../model/errors.ts'
import { equalJson, type JsonObject } from '../../model/json.ts'
import { type JiraSite, statusOf } from './site.ts'

/**
 * Makes the default values of a context become `wanted`. Jira's writer, which it has announced to remove (CHANGE-3082) without a public successor,
 * knows one default for all work types: any other difference is refused, for a person to make.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-defaultvalue-put
 */
export async function writeDefaults(
  site: JiraSite,
  { fieldId, contextId }: { readonly fieldId: string; readonly contextId: string },
  wanted: readonly JsonObject[],
  live: readonly JsonObject[],
): Promise<void> {
  const forOne = (values: readonly JsonObject[]) => values.filter((value) => value['isAnyIssueType'] !== true)
  if (!equalJson(forOne(wanted), forOne(live))) throw byHand('for single work types')
  const [after] = wanted.filter((value) => value['isAnyIssueType'] === true)
  const [before] = live.filter((value) => value['isAnyIssueType'] === true)
  if (equalJson(after, before)) return
  const { isAnyIssueType: _everyOne, ...value } = after ?? cleared(before as JsonObject)
  try {
    const body = { defaultValues: [{ ...value, contextId }] }
    await site.put('/rest/api/3/field/{fieldId}/context/defaultValue', { params: { fieldId }, body })
  } catch (error) {
    if ([405, 410, 501].includes(statusOf(error) ?? 0)) throw byHand('on this site any more')
    throw error
  }
}

/** `null` in place of a value takes the default away. */
function cleared(before: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(before).map(([key, value]) => [key, key === 'type' ? value : null]))
}

function byHand(where: string): TidemarkError {
  return new TidemarkError('PRODUCT_DEFAULT_VALUE', `No API sets default values ${where}.`, {
    cure: 'Set them under Settings, Work items, Fields, at the context; then plan again.',
  })
}
