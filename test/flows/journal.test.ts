import { describe, expect, it } from 'vitest'
import { journalPast, openJournal } from '../../src/flows/journal.ts'
import type { DurableFile } from '../../src/lib/durable-file.ts'
import { silentLog } from '../../src/lib/log.ts'
import type { Address } from '../../src/model/address.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { type FastClock, fastClock } from '../doubles/fast-clock.ts'

const step = (name: string): Step => ({
  id: `create:garden/bed/${name}`,
  verb: 'create',
  address: `garden/bed/${name}`,
  paths: [],
  after: [],
})
const plan = { digest: 'd1', steps: [step('a'), step('b'), step('c')] } as unknown as Plan
const [a, b] = plan.steps as [Step, Step]

function aFile(): DurableFile & { readonly written: string[]; readonly isOpen: boolean } {
  const written: string[] = []
  let isOpen = false
  return {
    written,
    get isOpen() {
      return isOpen
    },
    lines: async () => written,
    async append(lines) {
      isOpen = true
      written.push(...lines)
    },
    async close() {
      isOpen = false
    },
  }
}

function options(file: DurableFile, clock: FastClock = fastClock()) {
  const pushed: string[] = []
  return { pushed, file, clock, log: silentLog, push: async (text: string) => void pushed.push(text) }
}

describe('the journal of an apply', () => {
  it('tells a later process what was meant, what was made and what came of it, parts included', async () => {
    const file = aFile()
    const journal = await openJournal(plan, options(file))
    const at = new Date(0)
    await journal.intend([a])
    await journal.record({ at, step: a, what: 'made', made: { id: '7' } })
    await journal.record({ at, step: a, what: 'done', made: { id: '7', parts: new Map([['garden/bed/a#row/one' as Address, '71']]) } })
    await journal.intend([b])

    const { events, whole } = await journalPast(plan, file, '')
    expect(whole).toBe(true)
    expect(events.map(({ what, step: { id } }) => `${what} ${id}`)).toEqual([
      `started ${a.id}`,
      `made ${a.id}`,
      `done ${a.id}`,
      `started ${b.id}`,
    ])
    expect(events[2]).toMatchObject({ made: { id: '7', parts: new Map([['garden/bed/a#row/one', '71']]) } })
  })

  it('holds no word of the site', async () => {
    const file = aFile()
    const journal = await openJournal(plan, options(file))
    const finding = { level: 'error', code: 'HTTP_REFUSED', message: 'It was refused.', said: ['The name "Top secret" is taken'] } as const
    await journal.record({ at: new Date(0), step: a, what: 'failed', finding })
    expect(file.written.join()).toContain('HTTP_REFUSED')
    expect(file.written.join()).not.toContain('Top secret')
  })

  it('reaches the branch every half minute at most, and with all that was written', async () => {
    const clock = fastClock()
    const given = options(aFile(), clock)
    const journal = await openJournal(plan, given)
    await journal.intend([a])
    expect(given.pushed).toEqual([])
    await clock.sleep(31_000)
    await journal.intend([b])
    await journal.close()
    expect(given.pushed).toEqual([journal.text()])
  })

  it('of an earlier plan, or of an earlier beginning of the same one, does not count', async () => {
    const file = aFile()
    await (await openJournal(plan, options(file))).intend([a])
    await (await openJournal({ ...plan, digest: 'd0' } as Plan, options(file))).intend([b])
    expect((await journalPast(plan, aFile(), '')).events).toEqual([])
    await (await openJournal(plan, options(file))).intend([b])
    const { events } = await journalPast(plan, file, '')
    expect(events.map(({ step: { id } }) => id)).toEqual([b.id])
  })

  it('is not whole in a clone that did not begin it, nor once another one has gone on with it', async () => {
    const [here, there] = [aFile(), aFile()]
    const begun = await openJournal(plan, options(here))
    await begun.intend([a])
    const carried = begun.text()

    const seen = await journalPast(plan, there, carried)
    expect(seen.whole).toBe(false)
    expect(seen.events).toHaveLength(1)
    const given = options(there)
    const resumed = await openJournal(plan, given, seen, 'machine-2')
    // Before it does anything, the branch says that it was there.
    expect(given.pushed).toEqual([resumed.text()])
    await resumed.intend([b])

    const back = await journalPast(plan, here, resumed.text())
    expect(back.whole).toBe(false)
    expect(back.events.map(({ step: { id } }) => id)).toEqual([a.id, b.id])
    // Of what the branch never saw, the clone that did it still knows.
    expect((await journalPast(plan, there, carried)).events).toHaveLength(2)
  })

  it('passes over lines that are none and steps that the plan lacks', async () => {
    const file = aFile()
    const journal = await openJournal(plan, options(file))
    file.written.push('{"torn":', '[]', 'null', '{"at":"2026","what":"done","step":"create:garden/bed/zzz"}')
    await journal.intend([a])
    expect((await journalPast(plan, file, '')).events).toHaveLength(1)
  })

  it('leaves no file open when it is disposed of, or when nobody could be told that it is resumed', async () => {
    const file = aFile()
    {
      await using _journal = await openJournal(plan, options(file))
      expect(file.isOpen).toBe(true)
    }
    expect(file.isOpen).toBe(false)

    const past = await journalPast(plan, file, '')
    const push = () => Promise.reject(new Error('The remote is away.'))
    await expect(openJournal(plan, { ...options(file), push }, past, 'machine-2')).rejects.toThrow('away')
    expect(file.isOpen).toBe(false)
  })
})
