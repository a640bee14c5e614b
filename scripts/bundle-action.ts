/** Makes the one file that the runner starts. A release commits it; here it is made where it is needed, in a fifth of a second. */
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'
import { root } from './generate/sources.ts'

/** Two folders deep like what it is made of, so that package.json, schemas and templates are found where they are. */
export const actionBundle = fileURLToPath(new URL('action/dist/main.js', root))

const mostBytes = 4 * 1024 * 1024

/** Bundles the action and answers its size. */
export async function bundleAction(): Promise<number> {
  await bundle(['src/action/main.ts'], { outfile: actionBundle, target: 'node24' })
  const { size } = statSync(actionBundle)
  if (size > mostBytes) throw new Error(`The action is ${size} bytes, more than ${mostBytes}: look at what it takes in.`)
  return size
}

if (import.meta.main) process.stdout.write(`action/dist/main.js: ${Math.ceil((await bundleAction()) / 1024)} KiB\n`)
