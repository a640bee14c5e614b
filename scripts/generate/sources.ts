import { readdirSync, readFileSync } from 'node:fs'

/** The project's root, as a URL that ends in a slash. */
export const root = new URL('../../', import.meta.url)

/** Every file below a folder of the project, `/`-separated and in order, with its text. */
export function sourcesIn(folder: string, ending = '.ts'): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith(ending))
    .sort()
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }))
}
