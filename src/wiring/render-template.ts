import { readFileSync } from 'node:fs'

type Values = Readonly<Record<string, string>>

const root = new URL('../../templates/repository/', import.meta.url)

/**
 * A template with its places `{{name}}` filled. Lines between `{{#sites}}` and `{{/sites}}` stand once for each site, with the values of that site
 * as well. What a value holds is never read as a place to fill: whoever calls escapes it for the language of the file.
 */
export function render(template: string, values: Values, sites: readonly Values[] = []): string {
  const text = readFileSync(new URL(template, root), 'utf8')
  const blocks = text.split(/^ *\{\{#sites\}\}\n([\s\S]*?)^ *\{\{\/sites\}\}\n/m)
  // Of what `split` answers, every second piece is the inside of a block.
  return blocks
    .map((piece, index) =>
      index % 2 === 0 ? fill(template, piece, values) : sites.map((site) => fill(template, piece, { ...values, ...site })).join(''),
    )
    .join('')
}

function fill(template: string, text: string, values: Values): string {
  // One pass and a function: nothing in a value is a replacement pattern.
  return text.replace(/\{\{([a-zA-Z]+)\}\}/g, (_place, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`templates/repository/${template} has a place {{${name}}} that nothing fills`)
    return value
  })
}
