/** `npm run new jira/screen-scheme`: the type, its fixture and its simulator row as stubs that compile, and that the laws fail until they are filled in. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { root } from './generate/sources.ts'

const [name = ''] = process.argv.slice(2)
const found = /^([a-z][a-z0-9]*)\/([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(name)
if (found === null) stop('Usage: npm run new <product>/<type>, for example jira/screen-scheme')
const [, product = '', type = ''] = found
if (!existsSync(new URL(`src/products/${product}/index.ts`, root))) stop(`There is no product ${product}: src/products/${product}/index.ts`)

const constant = type.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase())
const shapeName = constant.replace(/^./, (letter) => letter.toUpperCase())
const siteName = `${product.replace(/^./, (letter) => letter.toUpperCase())}Site`
const title = type.replaceAll('-', ' ').replace(/^./, (letter) => letter.toUpperCase())

const files = {
  [`src/products/${product}/types/${type}.ts`]: `import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import { defineType } from '../../../model/resource-type.ts'
import type { ${siteName} } from '../site.ts'

const shape = Type.Object({
  id: Type.String(),
  name: Type.String(),
})
type ${shapeName} = Static<typeof shape>

/** What one reading costs, and what is peculiar to this type. */
export const ${constant} = defineType<${shapeName}, ${siteName}>({
  name: '${name}',
  title: '${title}',
  about: 'https://developer.atlassian.com/cloud/',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/name'],
  read: () => {
    throw new Error('${name}: say how it is read')
  },
})
`,
  [`test/fixtures/${product}/${type}.ts`]: `import type { Fixture } from './fixture.ts'

export const fixture: Fixture = {
  type: '${name}',
  async seed() {
    throw new Error('${name}: make two or three objects, with everything odd that the type allows')
  },
  async change() {
    throw new Error('${name}: change one property of one of them')
  },
}
`,
  [`src/simulator/collections/${type}.ts`]: `import type { Family } from '../kit.ts'
import type { Row } from '../state.ts'

/** ${title}, from Atlassian's own document and not from our type. */
export interface ${shapeName}Row extends Row {
  readonly name: string
}

export const ${constant}: Family<${shapeName}Row> = {
  name: '${type}',
  ids: { kind: 'number' },
  missing: (id) => \`The ${type.replaceAll('-', ' ')} with id \${id} was not found.\`,
  properties: { name: { type: 'string', required: true, max: 255 } },
  show: (row) => ({ id: row.id, name: row.name }),
  routes: {},
}
`,
}

const taken = Object.keys(files).filter((path) => existsSync(new URL(path, root)))
if (taken.length > 0) stop(`Already there: ${taken.join(', ')}`)
for (const [path, text] of Object.entries(files)) {
  mkdirSync(new URL('.', new URL(path, root)), { recursive: true })
  writeFileSync(new URL(path, root), text)
}
process.stdout.write(
  [
    ...Object.keys(files).map((path) => `wrote ${path}`),
    `Now name it in src/products/${product}/index.ts, test/fixtures/${product}/index.ts and src/simulator/collections/index.ts;`,
    'fill the three files in, run `npm test`, then `npm run generate`.',
    '',
  ].join('\n'),
)

function stop(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(3)
}
