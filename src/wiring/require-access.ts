import type { ConnectedSite } from '../flows/site.ts'
import { TidemarkError } from '../model/errors.ts'

/**
 * Asks each product whether this account may read it, before anything is read: to somebody without rights Jira answers short lists, which are not
 * to be taken for a site that lost its objects. Throws the first error that `doctor` would tell, with its code and cure.
 */
export async function requireAccess({ connected }: Pick<ConnectedSite, 'connected'>): Promise<void> {
  for (const { product, site } of connected) {
    const wrong = (await product.check(site)).find(({ level }) => level === 'error')
    if (wrong !== undefined) throw new TidemarkError(wrong.code, wrong.message, wrong.cure === undefined ? {} : { cure: wrong.cure })
  }
}
