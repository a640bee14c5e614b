import { Listr, type ListrTask } from 'listr2'
import type { BackupEvent } from '../flows/backup.ts'
import { printable } from '../model/printable.ts'
import type { Output } from './output.ts'

export interface Progress {
  readonly tell: (event: BackupEvent) => void
  /** Waits until everything was drawn; what had not ended by then is shown as left undone. */
  readonly end: () => Promise<void>
}

interface Titled {
  readonly name: string
  readonly title: string
}

/** Progress by type: a moving list on a terminal, plain lines elsewhere, one JSON object a line with `--json`. Always on stderr. */
export function progressOf(types: readonly Titled[], output: Output): Progress {
  if (output.json) return { tell: (event) => output.note('', event), end: async () => {} }
  return output.terminal ? movingList(types) : plainLines(types, output)
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

function movingList(types: readonly Titled[]): Progress {
  const lines = new Map([...types, { name: 'sealing', title: 'Seal and commit' }].map(({ name, title }) => [name, newLine(title)]))
  const list = new Listr(
    [...lines.values()].map(({ task }) => task),
    {
      concurrent: true,
      exitOnError: false,
      // Ctrl-C is ours: it must take back what was begun, not end the process here and now.
      registerSignalListeners: false,
      rendererOptions: { collapseSkips: false, showErrorMessage: false },
    },
  )
  // Drawn where everything but data is told.
  const drawn = list.run()
  return {
    tell: (event) => {
      if (event.what === 'waiting') lines.get('sealing')?.show(waitingFor(event.purpose))
      else if (event.what === 'sealing')
        lines.get('sealing')?.show(event.of === undefined ? String(event.done) : `${event.done} of ${event.of}`)
      else if (event.what === 'sealed') lines.get('sealing')?.finish('done', String(event.objects))
      else if (event.what === 'reading') lines.get(event.type)?.show(String(event.items))
      else lines.get(event.type)?.finish(event.gaps === 0 ? 'done' : 'partly', countsOf(event))
    },
    end: async () => {
      for (const line of lines.values()) line.finish('left')
      await drawn
    },
  }
}

type End = 'done' | 'partly' | 'left'

interface Line {
  readonly task: ListrTask
  show(text: string): void
  /** Only the first call counts. */
  finish(end: End, text?: string): void
}

function newLine(title: string): Line {
  const { promise: ended, resolve: end } = Promise.withResolvers<End>()
  let show = (_text: string): void => {}
  return {
    task: {
      title,
      task: async (_context, shown) => {
        show = (text) => {
          shown.title = `${title}: ${text}`
        }
        const how = await ended
        if (how === 'left') shown.skip()
        if (how === 'partly') throw new Error(shown.title)
      },
    },
    show: (text) => show(text),
    finish: (how, text) => {
      if (text !== undefined) show(text)
      end(how)
    },
  }
}
