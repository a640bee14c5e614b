import type { Forge, Posted } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { PullSetting } from './setting.ts'

// No flow asks where a check stands.
const nowhere: Posted = { id: 0, url: '', at: new Date(0) }

/**
 * For whoever works with a token of their own: such a token may write no check run, and what was done must not fail for that. The comment says it, and
 * the repository's own job sets the check right when it looks next.
 */
export function withOwnToken(setting: PullSetting): PullSetting {
  const { forge } = setting
  const check: Forge['check'] = (wanted) =>
    forge.check(wanted).catch((error: unknown) => {
      if (!(error instanceof TidemarkError) || error.code !== 'FORGE_FORBIDDEN') throw error
      return nowhere
    })
  return { ...setting, forge: { ...forge, check } }
}
