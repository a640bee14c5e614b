import { Listr, type ListrTask } from 'listr2'
import type { BackupEvent } from '../flows/backup.ts'
import type { Output } from './output.ts'

export interface Progress {
  tell(event: BackupEvent): void
  /** Waits until everything was drawn. */
  end(failed: boolean): Promise<void>
}

/** Progress by type: a moving list on a terminal, plain lines elsewhere, one JSON object a line with `--json`. Always on stderr. */
export function progressOf(types: readonly { readonly name: string; readonly title: string }[], output: Output): Progress {
  if (output.json) return { tell: (event) => output.note(JSON.stringify(event)), end: async () => {} }
  return output.terminal ? movingList(types) : plainLines(output)
}

function plainLines(output: Output): Progress {
  return {
    tell: (event) => {
      if (event.what === 'read')
        output.note(`read ${event.type}: ${event.items}${event.gaps === 0 ? '' : `, ${event.gaps} could not be read`}`)
      else if (event.what === 'sealing' && event.done === event.of) output.note(`sealed ${event.done} objects`)
    },
    end: async () => {},
  }
}

function movingList(types: readonly { readonly name: string; readonly title: string }[]): Progress {
  const steps = new Map<string, Step>([...types.map(({ name }) => [name, step()] as const), ['sealing', step()]])
  const task = (name: string, title: string): ListrTask => ({
    title,
    task: (_context, shown) => {
      const own = steps.get(name) as Step
      own.show = (text) => {
        shown.title = `${title}: ${text}`
      }
      return own.done
    },
  })
  const list = new Listr([...types.map(({ name, title }) => task(name, title)), task('sealing', 'Seal and commit')], {
    concurrent: true,
    exitOnError: false,
    fallbackRenderer: 'simple',
  })
  const drawn = list.run()
  return {
    tell: (event) => {
      if (event.what === 'sealing') steps.get('sealing')?.show(`${event.done} of ${event.of}`)
      else {
        const own = steps.get(event.type)
        own?.show(event.what === 'read' && event.gaps > 0 ? `${event.items}, ${event.gaps} could not be read` : String(event.items))
        if (event.what === 'read') own?.finish()
      }
    },
    end: async () => {
      for (const own of steps.values()) own.finish()
      await drawn
    },
  }
}

interface Step {
  show: (text: string) => void
  finish: () => void
  readonly done: Promise<void>
}

function step(): Step {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { show: () => {}, finish: resolve, done: promise }
}
