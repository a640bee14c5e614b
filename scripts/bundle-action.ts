/** Makes the one file that the runner starts. A release commits it; here it is made where it is needed, in a fifth of a second. */
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { root } from './generate/sources.ts'

/** Two folders deep like what it is made of, so that package.json, schemas and templates are found where they are. */
export const bundle = fileURLToPath(new URL('action/dist/main.js', root))

const mostBytes = 4 * 1024 * 1024
// Packages that are CommonJS ask for Node's own modules by `require`, which a module has not.
const banner = "import { createRequire as requireOf } from 'node:module'\nconst require = requireOf(import.meta.url)"

/** Bundles the action and answers its size. Names stay as they are, so that a stack can be read. */
export async function bundleAction(): Promise<number> {
  await build({
    entryPoints: [fileURLToPath(new URL('src/action/main.ts', root))],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'eof',
    banner: { js: banner },
    logLevel: 'error',
  })
  const { size } = statSync(bundle)
  if (size > mostBytes) throw new Error(`The action is ${size} bytes, more than ${mostBytes}: look at what it takes in.`)
  return size
}

if (import.meta.main) process.stdout.write(`action/dist/main.js: ${Math.ceil((await bundleAction()) / 1024)} KiB\n`)
