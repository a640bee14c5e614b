import type { DurableFile } from '../lib/durable-file.ts'
import type { Address, RemoteId } from '../model/address.ts'
import type { Clock, Log } from '../model/context.ts'
import type { Finding } from '../model/finding.ts'
import type { Journal, Plan, Step, StepEvent } from '../model/plan.ts'

/** The journal of one plan: what was meant to be written, and what became of it. */
export interface KeptJournal extends Journal, AsyncDisposable {
  /** Steps that were meant to be written, by this process or by one before it. */
  intended(): ReadonlySet<string>
  /** As it stands, for the request's branch. Addresses, ids and findings; never values. */
  text(): string
  /** Waits until what was written is kept everywhere it shall be. To be disposed of by whoever opened it: also when nothing was carried out. */
  close(): Promise<void>
}

/** One line: the plan it is of, a process that takes over, an intent, or an end. */
type Line =
  | { readonly format: 1; readonly plan: string }
  | { readonly at: string; readonly what: 'resumed'; readonly by: string }
  | { readonly at: string; readonly what: 'intended'; readonly step: string }
  | {
      readonly at: string
      readonly what: Exclude<StepEvent['what'], 'started'>
      readonly step: string
      readonly made?: { readonly id: RemoteId; readonly parts?: Readonly<Record<string, RemoteId>> }
      readonly finding?: Finding
    }

export interface JournalOptions {
  /** The lines that are kept in this clone. */
  readonly file: DurableFile
  readonly clock: Clock
  readonly log: Log
  /** Keeps the text where other machines find it. Called every half minute at most, while something happens. */
  readonly push: (text: string) => Promise<void>
}

/** At most so long another machine knows less than this one. */
const pushEvery = 30_000

/** What of a plan's journal is in this clone, and what its request's branch carries. */
export interface JournalPast {
  readonly lines: readonly string[]
  /** Those that are in this clone. */
  readonly own: ReadonlySet<string>
  /** Whether nothing that any process did for this plan can be missing: all of it was done in this clone. */
  readonly whole: boolean
  readonly events: readonly StepEvent[]
}

/** Reads what is known of a plan's journal, and writes nothing. */
export async function journalPast(plan: Plan, file: DurableFile, carried: string): Promise<JournalPast> {
  const header = headerOf(plan)
  const own = after(await file.lines(), header)
  const others = after(carried.split('\n').filter(Boolean), header)
  const [known, carriedLines] = [new Set(own), new Set(others)]
  const lines = [...others, ...own.filter((line) => !carriedLines.has(line))]
  const steps = new Map(plan.steps.map((step) => [step.id, step]))
  return {
    lines,
    own: known,
    whole: own.length > 0 && others.every((line) => known.has(line)),
    events: lines.flatMap((line) => eventOf(line, steps) ?? []),
  }
}

/**
 * Opens the journal of a plan to be carried out. Without a past it begins; with one it goes on, and `by` is noted as who does, where other machines see
 * it, before anything else happens. An intent is on the disk before its step writes; ends follow at once.
 */
export async function openJournal(plan: Plan, options: JournalOptions, past?: JournalPast, by = ''): Promise<KeptJournal> {
  const { file, clock, log, push } = options
  const lines = past === undefined ? [headerOf(plan)] : [...past.lines, resumedLine(by, clock.now())]
  const closing = async (error: unknown): Promise<never> => {
    await file.close()
    throw error
  }
  await file.append(lines.filter((line) => past?.own.has(line) !== true))
  if (past !== undefined) await push(textOf(lines)).catch(closing)
  let pushed = clock.monotonic()
  let pushing: Promise<void> | undefined

  async function write(news: readonly Line[]): Promise<void> {
    const texts = news.map((line) => JSON.stringify(line))
    lines.push(...texts)
    await file.append(texts)
    if (pushing !== undefined || clock.monotonic() - pushed < pushEvery) return
    pushed = clock.monotonic()
    pushing = push(textOf(lines))
      // The lease is lost by then, or soon; and this clone knows all.
      .catch(() => log.warn({ plan: plan.digest.slice(0, 12) }, 'the journal could not be pushed'))
      .finally(() => {
        pushing = undefined
      })
  }

  const close = async () => {
    await pushing
    await file.close()
  }

  return {
    intend: (intended) => write(intended.map(({ id }): Line => ({ at: clock.now().toISOString(), what: 'intended', step: id }))),
    async record(event) {
      if (event.what !== 'started') await write([lineOf(event)])
    },
    intended: () => new Set(lines.flatMap(intendedIn)),
    text: () => textOf(lines),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function intendedIn(text: string): readonly string[] {
  const line = parsed(text)
  return line !== undefined && 'step' in line && line.what === 'intended' ? [line.step] : []
}

function headerOf({ digest }: Plan): string {
  return JSON.stringify({ format: 1, plan: digest } satisfies Line)
}

/** The line of a process that goes on with a plan: whoever sees it knows that more hands were at work. */
function resumedLine(by: string, at: Date): string {
  return JSON.stringify({ at: at.toISOString(), what: 'resumed', by } satisfies Line)
}

/** The lines since this plan was begun last; an earlier plan's stay in the file and count no more. */
function after(lines: readonly string[], header: string): readonly string[] {
  const at = lines.lastIndexOf(header)
  return at < 0 ? [] : lines.slice(at)
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function lineOf(event: Exclude<StepEvent, { what: 'started' }>): Line {
  const { at, step, what } = event
  const made = 'made' in event ? event.made : undefined
  return {
    at: at.toISOString(),
    what,
    step: step.id,
    ...(made === undefined
      ? {}
      : { made: { id: made.id, ...(made.parts === undefined ? {} : { parts: Object.fromEntries(made.parts) }) } }),
    ...('finding' in event ? { finding: withoutWords(event.finding) } : {}),
  }
}

/** What the site said may quote values, which belong into no journal. */
function withoutWords({ said: _said, ...finding }: Finding): Finding {
  return finding
}

/** Undefined for a line that is none of a step of this plan. */
function eventOf(text: string, steps: ReadonlyMap<string, Step>): StepEvent | undefined {
  const line = parsed(text)
  if (line === undefined || !('step' in line)) return undefined
  const step = steps.get(line.step)
  if (step === undefined) return undefined
  const at = new Date(line.at)
  if (line.what === 'intended') return { at, step, what: 'started' }
  const made = line.made && { made: { id: line.made.id, parts: new Map(Object.entries(line.made.parts ?? {}) as [Address, RemoteId][]) } }
  if (line.what === 'done') return { at, step, what: 'done', ...made }
  if (line.what === 'made') return made === undefined ? undefined : { at, step, what: 'made', ...made }
  const finding: Finding = line.finding ?? { level: 'error', code: 'APPLY_FAILED', message: `${step.address} was not done.` }
  return { at, step, what: line.what, finding, ...made }
}

function parsed(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null ? (line as Line) : undefined
  } catch {
    return undefined
  }
}
