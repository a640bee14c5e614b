import { TidemarkError } from '../model/errors.ts'
import { isEncrypted } from './cipher.ts'
import { encryptedByDefault, isOurs, type Selector, selectorOf } from './selection.ts'
import { readSops } from './sops-file.ts'
import { isList, isMap, type Tree } from './tree.ts'

/**
 * Looks at a sealed resource without a key: is it one document of ours, with recipients, in which every value that its rule seals is sealed? Whether it
 * is what somebody sealed, only a key can tell. Throws `VAULT_*`, with the line where one is known and never with a value.
 */
export function requireSealedForm(text: string): void {
  const { documents, metadata } = readSops(text)
  const [document, ...others] = documents
  if (document === undefined || others.length > 0 || document.keys.join() !== 'address,spec') {
    throw new TidemarkError('VAULT_MALFORMED', 'A sealed resource holds `address`, `spec` and `sops`, and nothing else.')
  }
  if (!isOurs(metadata.selection)) {
    throw new TidemarkError('VAULT_MALFORMED', 'The rule by which values are sealed is none of ours.', {
      cure: 'Make the file with tidemark edit.',
    })
  }
  if (metadata.stanzas.length === 0) throw new TidemarkError('VAULT_MALFORMED', 'No recipient can open the document.')
  look(document, encryptedByDefault(metadata.selection), selectorOf(metadata.selection), 1)
}

function look(tree: Tree, sealed: boolean, selector: Selector, line: number): void {
  if (tree === null || tree === '') return
  if (isMap(tree)) {
    for (const [index, key] of tree.keys.entries())
      look(tree.values[index] as Tree, selector(key, sealed), selector, tree.lines?.[index] ?? line)
  } else if (isList(tree)) for (const item of tree) look(item, sealed, selector, line)
  else if (sealed && !(typeof tree === 'string' && isEncrypted(tree))) {
    throw new TidemarkError('VAULT_NOT_ENCRYPTED', 'A value stands readable though its rule encrypts it.', {
      data: { line },
      cure: 'It is known now to whoever can read the repository: replace it where it is a secret, and make the file anew with tidemark edit.',
    })
  }
}
