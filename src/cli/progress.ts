import type { BackupEvent } from '../flows/backup.ts'
import { printable } from '../model/printable.ts'
import { movingList, type Titled } from './moving-list.ts'
import type { Output } from './output.ts'

export interface Progress {
  readonly tell: (event: BackupEvent) => void
  /** Waits until everything was drawn; what had not ended by then is shown as left undone. */
  readonly end: () => Promise<void>
}

/** Progress by type: a moving list on a terminal, plain lines elsewhere, one JSON object a line with `--json`. Always on stderr. */
export function progressOf(types: readonly Titled[], output: Output): Progress {
  if (output.json) return { tell: (event) => output.note('', event), end: async () => {} }
  return output.terminal ? movingLines(types) : plainLines(types, output)
}

function plainLines(types: readonly Titled[], output: Output): Progress {
  const titles = new Map(types.map(({ name, title }) => [name, title]))
  return {
    tell: (event) => {
      if (event.what === 'read') output.note(`${titles.get(event.type) ?? event.type}: ${countsOf(event)}`)
      else if (event.what === 'sealed') output.note(`Sealed: ${event.objects}`)
      else if (event.what === 'waiting') output.note(waitingFor(event.purpose))
    },
    end: async () => {},
  }
}

/** Said while another run holds the site. */
export function waitingFor(purpose: string): string {
  return `Waiting for another run on this site to end: ${printable(purpose, 100)}`
}

function countsOf({ items, gaps }: { readonly items: number; readonly gaps: number }): string {
  return gaps === 0 ? String(items) : `${items}, and ${gaps === 1 ? 'one listing' : `${gaps} listings`} could not be read`
}

function movingLines(types: readonly Titled[]): Progress {
  const list = movingList([...types, { name: 'sealing', title: 'Seal and commit' }])
  return {
    tell: (event) => {
      if (event.what === 'waiting') list.show('sealing', waitingFor(event.purpose))
      else if (event.what === 'sealing') list.show('sealing', event.of === undefined ? String(event.done) : `${event.done} of ${event.of}`)
      else if (event.what === 'sealed') list.finish('sealing', 'done', String(event.objects))
      else if (event.what === 'reading') list.show(event.type, String(event.items))
      else list.finish(event.type, event.gaps === 0 ? 'done' : 'partly', countsOf(event))
    },
    end: () => list.end(),
  }
}
