import type { TargetName } from '../../model/address.ts'
import type { Path } from '../../model/path.ts'
import type { Mention, ReferenceRule, TextCodec, ValueReference } from '../../model/reference.ts'

/** System fields (`summary`, `duedate` …) are the same on every site: only custom fields have ids of their own. */
const systemField = /^(?!customfield_[0-9]+$)/

/** A place that holds the id of a field. */
export function fieldAt(at: Path, more: Pick<ValueReference, 'late' | 'missing'> = {}): ValueReference {
  return { at, to: 'jira/field', literal: systemField, ...more }
}

/** What `GET` answers of objects that belong to one team-managed space: `{"type": "PROJECT", "project": {"id": …}}`. */
export const scopeReference: ReferenceRule = { at: '/scope/project/id', to: 'jira/project', late: true }
/** Whatever else an answer repeats of that space stands in the space's own file. */
export const scopeVolatile: readonly Path[] = ['self', 'key', 'name', 'simplified', 'projectTypeKey', 'avatarUrls', 'projectCategory'].map(
  (property): Path => `/scope/project/${property}`,
)

/** True of objects of the whole site; those of one team-managed space are written by no API. Asked of an item or its spec. */
export function isGlobal(item: { readonly scope?: { readonly type?: string } }): boolean {
  return item.scope?.type !== 'PROJECT' && item.scope?.type !== 'TEMPLATE'
}

/** Text in which ids of one kind stand wherever `pattern` (global) matches. */
export function idsInText(name: string, kind: TargetName, pattern: RegExp): TextCodec {
  return {
    name,
    split(text) {
      const pieces: (string | Mention)[] = []
      let from = 0
      for (const { 0: id, index } of text.matchAll(pattern)) {
        if (index > from) pieces.push(text.slice(from, index))
        pieces.push({ kind, id, spelling: 'id' })
        from = index + id.length
      }
      if (from < text.length) pieces.push(text.slice(from))
      return pieces
    },
    join: (pieces) => pieces.map((piece) => (typeof piece === 'string' ? piece : piece.id)).join(''),
  }
}

const alone = (id: string) => new RegExp(`(?<![^,\\s])${id}(?![^,\\s])`, 'g')

/** Comma lists, as parameters of workflow rules hold them. What is no id of the kind (`summary`, `allow-reporter`) stays as it is. */
export const statusList = idsInText('list of statuses', 'jira/status', alone('[0-9]+'))
export const roleList = idsInText('list of roles', 'jira/role', alone('[0-9]+'))
export const resolutionList = idsInText('list of resolutions', 'jira/resolution', alone('[0-9]+'))
export const groupList = idsInText('list of groups', 'jira/group', alone('[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'))
export const fieldList = idsInText('list of fields', 'jira/field', alone('customfield_[0-9]+'))
/** `["10010","10011"]`: a JSON list in a text, as the condition on a field's value holds the options it compares with. */
export const optionsInJson = idsInText('JSON list of options', 'jira/field-context#option', /(?<=")[0-9]+(?=")/g)
