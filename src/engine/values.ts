import type { Address } from '../model/address.ts'
import { printable } from '../model/printable.ts'
import type { Resource } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { type Explanation, explain } from './explain.ts'
import { escaped, fenced, inHtml } from './markdown.ts'
import { diagramAsMermaid } from './mermaid.ts'
import { propertiesAsLines } from './render.ts'

/** What becomes of one object, value by value. */
export interface Values {
  readonly address: Address
  readonly lines: readonly string[]
  /** Before and after, as Mermaid draws it. */
  readonly diagrams: readonly (readonly [name: string, mermaid: string])[]
}

/** A change as readers may see it who hold no key. */
export interface Shown {
  readonly change: Explanation
  /** Undefined where there is nothing to show. */
  readonly values: Values | undefined
}

/**
 * What became of an object, for readers who may see values and hold no key; undefined where nothing did. Declared secrets, script bodies,
 * personal data and what apps keep stand as labels. `asked` takes a part of it, or nothing.
 */
export function shown(
  before: Resource | undefined,
  after: Resource | undefined,
  type: ResourceType,
  labelKey: Uint8Array,
  asked: (change: Explanation) => Explanation | undefined = (change) => change,
): Shown | undefined {
  const explained = explain(before, after, type, labelKey, { published: true })
  const change = explained === undefined ? undefined : asked(explained)
  if (change === undefined) return undefined
  const lines = propertiesAsLines(change.properties)
  const { diagram } = type
  const diagrams = (
    [
      ['Before', before],
      ['After', after],
    ] as const
  ).flatMap(([name, resource]) => {
    const mermaid = resource === undefined || diagram === undefined ? undefined : diagramAsMermaid(diagram(resource.spec))
    return mermaid === undefined ? [] : [[name, mermaid] as const]
  })
  return { change, values: lines.length + diagrams.length === 0 ? undefined : { address: change.address, lines, diagrams } }
}

/** One object, folded: its values in a fence that nothing in them can end, then what it looks like drawn. */
export function valuesAsMarkdown({ address, lines, diagrams }: Values): string {
  return [
    `<details><summary>${inHtml(printable(address, 300))}</summary>`,
    '',
    ...(lines.length === 0 ? [] : [fenced('text', lines.join('\n')), '']),
    ...diagrams.flatMap(([name, mermaid]) => [escaped(name), '', fenced('mermaid', mermaid), '']),
    '</details>',
    '',
  ].join('\n')
}
