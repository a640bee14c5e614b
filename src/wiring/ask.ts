import { askCopy, askRestore, askRollback, askUndo, type Written } from '../flows/ask.ts'
import { snapshotNamed } from '../flows/history.ts'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { openSite, type Place } from './open.ts'
import { snapshotIn, snapshotOf } from './sides.ts'

export const askedKinds = ['restore', 'undo', 'copy', 'rollback'] as const

/** What somebody asks for in a form. */
export interface Form {
  readonly kind: (typeof askedKinds)[number]
  /** The destination; undefined where the settings name one site only. */
  readonly site: string | undefined
  /** A snapshot; for an undo also a range; for a copy the other site; for a rollback the request that was applied. */
  readonly from: string
  readonly select: readonly string[]
  readonly id: string | undefined
}

/** Writes the request of a form on its branch, as the verbs of the command line do. Throws `REQUEST_*`, `REPOSITORY_*`, `USAGE_*`. */
export async function askFor(place: Place, { kind, site, from, select, id }: Form): Promise<Written> {
  const own = id === undefined ? {} : { id }
  await using opened = await openSite(place, site, { signs: true })
  const { deps, settings } = opened
  switch (kind) {
    case 'restore': {
      const named = snapshotOf(from, settings)
      const source = named.site === undefined || named.site === deps.name ? deps : (await openSite(place, named.site)).deps
      return askRestore(deps, source, await snapshotIn(source, settings, named.at), {
        ...own,
        select: select.length === 0 ? ['**'] : select,
        delete: [],
      })
    }
    case 'undo': {
      const [first = '', last] = from.split('..', 2)
      const start = last === undefined ? {} : { from: await snapshotNamed(deps, first) }
      return askUndo(deps, { ...own, ...start, to: await snapshotNamed(deps, last ?? first), select })
    }
    case 'copy': {
      if (select.length === 0) {
        throw new TidemarkError('USAGE_INPUT', `Nothing says what is to be copied from ${printable(from, 80)}.`, {
          cure: 'Give the input select: jira/workflow/software-development.',
        })
      }
      return askCopy(deps, (await openSite(place, from)).deps, { ...own, select })
    }
    case 'rollback':
      return askRollback(deps, from, own)
  }
}
