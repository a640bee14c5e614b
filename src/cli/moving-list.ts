import { Listr, type ListrTask } from 'listr2'

export interface Titled {
  readonly name: string
  readonly title: string
}

export type End = 'done' | 'partly' | 'left'

/** Lines of progress on a terminal, all of them moving at once. */
export interface MovingList {
  /** Shows a text behind the line's title. */
  show(name: string, text: string): void
  /** Only the first call for a line counts. */
  finish(name: string, how: End, text?: string): void
  /** Waits until everything was drawn; what had not ended by then is shown as left undone. */
  end(): Promise<void>
}

export function movingList(titles: readonly Titled[]): MovingList {
  const lines = new Map(titles.map(({ name, title }) => [name, newLine(title)]))
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
    show: (name, text) => lines.get(name)?.show(text),
    finish: (name, how, text) => lines.get(name)?.finish(how, text),
    end: async () => {
      for (const line of lines.values()) line.finish('left')
      await drawn
    },
  }
}

interface Line {
  readonly task: ListrTask
  show(text: string): void
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
