import type { Finding } from '../model/finding.ts'
import { printable } from '../model/printable.ts'
import { keysFileOf } from '../repository/layout.ts'
import type { SiteDeps } from './site.ts'

/**
 * Tells whose keys open the backups of a site although its file names them no more. Whoever takes a name off that file believes the opposite; and a key
 * once read opens every backup under it, those still to come as well, whatever the file says.
 */
export function formerReadersTold({ name, formerReaders = [] }: Pick<SiteDeps, 'name' | 'formerReaders'>): readonly Finding[] {
  if (formerReaders.length === 0) return []
  const file = keysFileOf(name)
  return [
    {
      level: 'warning',
      code: 'VAULT_FORMER_READER',
      message: `${file} names no more, but who can still open every backup, those to come as well: ${formerReaders.map((key) => printable(key, 80)).join(', ')}.`,
      cure: `They have read the key of the site, so a line taken off ${file} takes nothing back. Was it a slip? Put it back. Else keep the repository from them, change the secrets inside Jira, and for a new key begin the site anew under another name: tidemark init.`,
    },
  ]
}
