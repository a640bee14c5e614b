import { createHmac } from 'node:crypto'
import { diff, type IChange, Operation } from 'json-diff-ts'
import { type Address, isAddress, isPart, kindOf } from '../model/address.ts'
import { canonicalJson, type Draft, draftOf, type Json } from '../model/json.ts'
import { edit, keysOf, type Path, placeIn, select } from '../model/path.ts'
import type { Resource } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { type Difference, differences } from './merge.ts'

/** What happened to one object between two snapshots, property by property. Declared secrets stand as keyed labels. */
export interface Explanation {
  readonly address: Address
  readonly title: string
  readonly what: 'added' | 'removed' | 'changed'
  /** Empty for an object that was added or removed as a whole. */
  readonly properties: readonly Explained[]
}

/** A difference; of a part that was added or removed as a whole also the text that people know it by. */
export interface Explained extends Difference {
  readonly label?: string
}

/**
 * Explains a change of one object for a reader: lists of parts and sets member by member, other lists and objects down to the value that differs.
 * `labelKey` keys the labels that stand for declared secrets: equal labels, equal secrets. `published` is for readers without a key: script bodies,
 * personal data and what apps keep, which people put tokens into, are labels as well.
 */
export function explain(
  before: Resource | undefined,
  after: Resource | undefined,
  type: ResourceType,
  labelKey: Uint8Array,
  { published = false } = {},
): Explanation | undefined {
  const address = after?.address ?? before?.address
  if (address === undefined) return undefined
  const frame = { address, title: type.title }
  if (before === undefined) return { ...frame, what: 'added', properties: [] }
  if (after === undefined) return { ...frame, what: 'removed', properties: [] }
  const shown = ({ spec }: Resource) => {
    const copy = labelling(draftOf(spec), type.secrets, 'secret', labelKey)
    return (published ? labelling(copy, [...(type.sensitive ?? []), ...(type.opaque ?? [])], 'sealed', labelKey) : copy) as Json
  }
  const properties = differences(shown(before), shown(after), type)
    .flatMap(deeper)
    .map((difference) => labelled(difference, type))
  return properties.length === 0 ? undefined : { ...frame, what: 'changed', properties }
}

function labelled(difference: Difference, type: ResourceType): Explained {
  const { at, before, after } = difference
  if ((before === undefined) === (after === undefined)) return difference
  const key = keysOf(at).at(-1) ?? ''
  const kind = isAddress(key) && isPart(key) ? kindOf(key).slice(type.name.length + 1) : undefined
  const part = type.parts?.find((candidate) => candidate.kind === kind)
  const [label] = part === undefined ? [] : select((after ?? before) as Draft, part.label)
  return typeof label?.value === 'string' ? { ...difference, label: label.value } : difference
}

/** A list that `differences` takes for one value, explained by what differs inside. */
function deeper(difference: Difference): readonly Difference[] {
  const { at, before, after } = difference
  if (!Array.isArray(before) || !Array.isArray(after) || before.every((value) => typeof value !== 'object')) return [difference]
  const inside = [...leaves(diff({ list: before }, { list: after }), '')].map((leaf) => ({
    ...leaf,
    at: `${at}${leaf.at.slice('/list'.length)}` as Path,
  }))
  return inside.length === 0 ? [difference] : inside
}

function* leaves(changes: readonly IChange[], at: Path): Generator<Difference> {
  for (const change of changes) {
    const place = placeIn(at, change.key)
    if (change.changes !== undefined) yield* leaves(change.changes, place)
    else if (change.type === Operation.ADD) yield { at: place, after: change.value as Json }
    else if (change.type === Operation.REMOVE) yield { at: place, before: change.value as Json }
    else yield { at: place, before: change.oldValue as Json, after: change.value as Json }
  }
}

function labelling(draft: Draft, paths: readonly Path[] = [], word: string, labelKey: Uint8Array): Draft {
  return paths.reduce<Draft>(
    (copy, path) =>
      edit(copy, path, (value) => {
        const label = createHmac('sha256', labelKey).update(canonicalJson(value as Json))
        return `${word} ${label.digest('hex').slice(0, 8)}`
      }),
    draft,
  )
}
