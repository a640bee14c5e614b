/** Puts bundles in the place of the programs that the compiler wrote to `dist`; what they share, and what few commands need, lies beside in `dist/chunks`. */
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'
import { root } from './generate/sources.ts'

const folder = (path: string) => fileURLToPath(new URL(path, root))

// Chunks lie two folders deep like what they are made of, so that package.json, schemas and templates are found where they are.
await bundle(['src/cli/main.ts', 'src/cli/textconv.ts'], {
  outdir: folder('dist'),
  outbase: folder('src'),
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  target: 'node22',
})
