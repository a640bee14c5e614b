import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { root } from './sources.ts'

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string; readonly required?: boolean }>>
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
}

/** README.md, with the tables of action.yml between their marks. */
export function readmePage(): string {
  const { inputs, outputs } = load(textOf('action.yml')) as Action
  const rows = Object.entries(inputs).map(([name, { description, default: usual, required }]) => {
    const otherwise = required === true ? 'required' : usual === undefined || usual === '' ? '' : `\`${usual}\``
    return `| \`${name}\` | ${cell(description)} | ${otherwise} |`
  })
  const page = between(textOf('README.md'), 'inputs', ['| input | | usual |', '|---|---|---|', ...rows])
  const told = Object.entries(outputs).map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`)
  return between(page, 'outputs', ['| output | |', '|---|---|', ...told])
}

function textOf(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

function between(page: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- ${name} of action.yml, by npm run generate -->`, `<!-- end of ${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`README.md has no place for the ${name} of action.yml`)
  return `${page.slice(0, from)}${begin}\n${lines.join('\n')}\n${page.slice(to)}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*')
}
