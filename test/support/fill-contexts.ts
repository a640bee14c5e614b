import type { JiraSite } from '../../src/products/jira/site.ts'
import { among, at, type Made } from './fill-site.ts'
import { distinctly, orX } from './names.ts'
import type { ContentSketch, FieldSketch } from './random-site.ts'

export interface MadeField {
  readonly id: string
  /** Its context for all that no other is for, and the options there. */
  readonly contextId: string
  readonly options: readonly MadeOption[]
}

export interface MadeOption {
  readonly id: string
  readonly optionId?: string
  readonly disabled: boolean
}

const path = '/rest/api/3/field/{fieldId}/context'
const withOptions: ReadonlySet<string> = new Set(['select', 'multiselect', 'radiobuttons', 'multicheckboxes', 'cascadingselect'])

type Context = { readonly fieldId: string; readonly contextId: string }

/** Makes the drawn options of a context: those on top, then those below others, then the last one moved to the front of its family. */
export async function makeOptions(
  admin: JiraSite,
  params: Context,
  kind: FieldSketch['kind'],
  { options, turned }: ContentSketch,
): Promise<readonly MadeOption[]> {
  if (!withOptions.has(kind)) return []
  const isBelow = ({ under }: { under: number | undefined }) => kind === 'cascadingselect' && under !== undefined
  const tops = await post(options.filter((option) => !isBelow(option)).map(({ value, disabled }) => ({ value: orX(value, 255), disabled })))
  const below =
    tops.length === 0
      ? []
      : await post(
          options
            .filter(isBelow)
            .map(({ value, disabled, under }) => ({ value: orX(value, 255), disabled, optionId: at(tops, under)?.id ?? '' })),
        )
  const all = [...tops, ...below]
  const last = all.at(-1)
  if (turned && last !== undefined) {
    await admin.put(`${path}/{contextId}/option/move`, { params, body: { customFieldOptionIds: [last.id], position: 'First' } })
  }
  return all

  async function post(wanted: readonly { value: string; disabled: boolean; optionId?: string }[]): Promise<readonly MadeOption[]> {
    const once = [...new Map(wanted.map((option) => [`${option.optionId} ${option.value}`, option])).values()]
    if (once.length === 0) return []
    const sent = { params, body: { options: once } }
    return (await admin.post<{ options: readonly MadeOption[] }>(`${path}/{contextId}/option`, sent)).options
  }
}

type Around = Pick<Made, 'accountId' | 'types' | 'projects'>

/**
 * Makes the drawn contexts of a field, for spaces that none of its contexts is for yet, and all its default values. Answers the field with the
 * options of all of them.
 */
export async function fillContexts(
  admin: JiraSite,
  { kind, everywhere, contexts, called = '' }: FieldSketch,
  made: MadeField,
  all: Around,
): Promise<MadeField> {
  const everyOption = [...made.options]
  const fieldId = made.id
  await makeDefault(admin, { fieldId, contextId: made.contextId }, defaultOf(kind, everywhere, made.options, all))
  const free = new Set(all.projects.map(({ id }) => id))
  const named = distinctly(255, [orX(called, 255)])
  for (const { name, description, projects, types, content } of contexts) {
    const projectIds = among([...free], projects)
    if (projectIds.length === 0) continue
    for (const id of projectIds) free.delete(id)
    const body = { name: named(name), description: orX(description, 255, ''), projectIds, issueTypeIds: among(all.types, types) }
    const { id: contextId } = await admin.post<{ id: string }>(path, { params: { fieldId }, body })
    const options = await makeOptions(admin, { fieldId, contextId }, kind, content)
    await makeDefault(admin, { fieldId, contextId }, defaultOf(kind, content, options, all))
    everyOption.push(...options)
  }
  return { ...made, options: everyOption }
}

async function makeDefault(admin: JiraSite, { fieldId, contextId }: Context, value: object | undefined): Promise<void> {
  if (value === undefined) return
  await admin.put(`${path}/defaultValue`, { params: { fieldId }, body: { defaultValues: [{ contextId, ...value }] } })
}

/** A default value of the field's kind, where one is drawn and possible. */
function defaultOf(
  kind: FieldSketch['kind'],
  { default: drawn }: ContentSketch,
  options: readonly MadeOption[],
  { accountId, projects }: Around,
): object | undefined {
  if (drawn === undefined) return undefined
  const { of, more, text, number } = drawn
  const choices = options.filter(({ disabled, optionId }) => !disabled && optionId === undefined).map(({ id }) => id)
  const versions = projects.flatMap((project) => project.versions)
  const moment = new Date(Date.UTC(2020, 0, 1 + of, of % 24, of)).toISOString()
  switch (kind) {
    case 'select':
    case 'radiobuttons':
      return some({ type: 'option.single', optionId: at(choices, of) }, 'optionId')
    case 'multiselect':
    case 'multicheckboxes':
      return choices.length === 0 ? undefined : { type: 'option.multiple', optionIds: among(choices, [of, ...more]) }
    case 'cascadingselect': {
      const optionId = at(choices, of)
      const below = options.filter((option) => option.optionId === optionId && !option.disabled)
      const lower = optionId === undefined ? undefined : at(below, more[0])?.id
      return some({ type: 'option.cascading', optionId, ...(lower === undefined ? {} : { cascadingOptionId: lower }) }, 'optionId')
    }
    case 'textfield':
    case 'textarea':
      return { type: kind, text: orX(text, 254) }
    case 'readonlyfield':
      return { type: 'readonly', text: orX(text, 254) }
    case 'float':
      return { type: 'float', number }
    case 'datepicker':
      return more.length === 0 ? { type: kind, useCurrent: true } : { type: kind, date: moment.slice(0, 10) }
    case 'datetime':
      return more.length === 0
        ? { type: 'datetimepicker', useCurrent: true }
        : { type: 'datetimepicker', dateTime: moment.replace('Z', '+0000') }
    case 'url':
      return { type: 'url', url: `https://example.com/?q=${encodeURIComponent(text)}` }
    case 'labels':
      return { type: 'labels', labels: [text, ...more.map(String)].map((label) => orX(label.replace(/\s/g, ''), 255)) }
    case 'userpicker':
      return { type: 'single.user.select', accountId, userFilter: { enabled: false } }
    case 'multiuserpicker':
      return { type: 'multi.user.select', accountIds: [accountId] }
    case 'project':
      return some({ type: 'project', projectId: at(projects, of)?.id }, 'projectId')
    case 'version':
      return some({ type: 'version.single', versionId: at(versions, of) }, 'versionId')
    case 'multiversion':
      return versions.length === 0 ? undefined : { type: 'version.multiple', versionIds: among(versions, [of, ...more]) }
    case 'grouppicker':
      return { type: 'grouppicker.single', groupId: '276f955c-63d7-42c8-9520-92d01dca0625' }
  }
}

function some<Value extends object>(value: Value, needed: keyof Value): Value | undefined {
  return value[needed] === undefined ? undefined : value
}
