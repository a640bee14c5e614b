import { readdirSync } from 'node:fs'
import { isObject } from '../../src/model/json.ts'
import type { Product } from '../../src/model/product.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'
import { root } from './sources.ts'

/** Every product under src/products, in order of name. */
export async function products(): Promise<readonly (Omit<Product, 'types'> & { readonly types: readonly ResourceType[] })[]> {
  const folder = new URL('src/products/', root)
  const names = readdirSync(folder).sort()
  const found = []
  for (const name of names) {
    const module: Record<string, unknown> = await import(new URL(`${name}/index.ts`, folder).href)
    const product = Object.values(module).find((value) => isObject(value) && value['name'] === name && Array.isArray(value['types']))
    if (product === undefined) throw new Error(`src/products/${name}/index.ts exports no product called ${name}`)
    found.push(product as Product & { types: readonly ResourceType[] })
  }
  return found
}
