import { isAddress, slugOf } from '../model/address.ts'
import type { Diagram } from '../model/resource-type.ts'

/** Beyond this forges draw slowly or refuse (Mermaid's own bound is 50,000 characters and 500 edges). */
const mostCharacters = 20_000
const mostWays = 200

/**
 * A diagram as a Mermaid flowchart; undefined where it is too large to be drawn. Every character of a text that could mean something to Mermaid is written
 * as an entity, so no name draws, links or ends anything. https://mermaid.js.org/syntax/flowchart.html#special-characters-that-break-syntax
 */
export function diagramAsMermaid({ nodes, ways }: Diagram): string | undefined {
  if (ways.length > mostWays) return undefined
  const names = new Map(nodes.map(({ key }, index) => [key, `n${index}`]))
  const anywhere = ways.some(({ from }) => from === undefined) ? ['  anywhere(("any"))'] : []
  const lines = [
    'flowchart LR',
    ...anywhere,
    ...nodes.map(({ key, label }) => `  ${names.get(key)}["${safe(label)}"]`),
    ...ways.flatMap(({ from, to, label }) => {
      const [start, end] = [from === undefined ? 'anywhere' : names.get(from), names.get(to)]
      return start === undefined || end === undefined ? [] : [`  ${start} -->|"${safe(label)}"| ${end}`]
    }),
  ]
  const text = lines.join('\n')
  return text.length > mostCharacters ? undefined : text
}

function safe(text: string): string {
  const shown = isAddress(text) ? slugOf(text) : text
  const cut = [...shown].slice(0, 60)
  return cut.map((sign) => (/[\p{L}\p{N} .,-]/u.test(sign) ? sign : `#${sign.codePointAt(0)};`)).join('') || ' '
}
