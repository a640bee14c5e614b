import { isAddress } from '../model/address.ts'
import type { Resource } from '../model/resource.ts'
import { readDocument } from './read-yaml.ts'
import { jsonOf, mapOf, treeOf, valueAt } from './tree.ts'
import { writeMap } from './write-yaml.ts'

/** A resource as plain YAML, exactly as its sealed document holds it: every number with all its digits. */
export function writePlain({ address, spec }: Resource): string {
  return writeMap(
    mapOf([
      ['address', address],
      ['spec', treeOf(spec, '/spec', 2)],
    ]),
  )
}

/** Reads what `writePlain` wrote and somebody edited; undefined where it is no resource. Throws `VAULT_MALFORMED` with the line. */
export function readPlain(text: string): Resource | undefined {
  const document = readDocument(text)
  const [address, spec] = [valueAt(document, 'address'), valueAt(document, 'spec')]
  if (document.keys.length !== 2 || typeof address !== 'string' || !isAddress(address) || spec === undefined) return undefined
  return { address, spec: jsonOf(spec) }
}
