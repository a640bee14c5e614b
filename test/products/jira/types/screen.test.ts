import { describe, expect, it } from 'vitest'
import { isGap } from '../../../../src/model/resource-type.ts'
import type { JiraSite } from '../../../../src/products/jira/site.ts'
import { screen, type Tab } from '../../../../src/products/jira/types/screen.ts'
import { simulated, untold, writesOf } from '../kit.ts'

const screens = screen as Required<typeof screen>
const part = (slug: string) => `jira/screen/bug#tab/${slug}`
const tabs = '/rest/api/3/screens/{screenId}/tabs'

async function make(site: JiraSite, wanted: readonly Tab[]): Promise<{ id: string; tabs: readonly Tab[] }> {
  const { id } = await screens.create(site, { id: '', name: 'Bug', description: '', tabs: [...wanted] }, untold)
  return { id, tabs: (await screens.get(site, id))?.tabs ?? [] }
}

function shown(found: { tabs: readonly Tab[] } | undefined): readonly (readonly [string, readonly string[]])[] {
  return (found?.tabs ?? []).map(({ name, fields }) => [name, fields] as const)
}

describe('creating a screen', () => {
  it("uses the tab that Jira makes with it, and tells the new tabs' ids", async () => {
    await using s = await simulated()
    const wanted = [
      { id: part('main'), name: 'Main', fields: ['summary', 'priority'] },
      { id: part('more'), name: 'More', fields: ['description'] },
    ]

    const made = await screens.create(s.site, { id: '', name: 'Bug', tabs: wanted }, untold)

    const found = await screens.get(s.site, made.id)
    expect(shown(found)).toEqual([
      ['Main', ['summary', 'priority']],
      ['More', ['description']],
    ])
    expect(found?.tabs.map(({ id }) => id)).toEqual([made.parts?.get(part('main')), made.parts?.get(part('more'))])
    expect(writesOf(s.jira)).toMatchObject({ [`POST ${tabs}`]: 1, [`PUT ${tabs}/{tabId}`]: 1 })
  })

  it('does not rename a tab that has its name already', async () => {
    await using s = await simulated()

    await screens.create(s.site, { id: '', name: 'Bug', tabs: [{ id: part('main'), name: 'Field Tab', fields: [] }] }, untold)

    expect(writesOf(s.jira)).toEqual({ 'POST /rest/api/3/screens': 1 })
  })
})

describe('changing a screen', () => {
  it('moves one field with one call', async () => {
    await using s = await simulated()
    const before = await make(s.site, [{ id: part('main'), name: 'Main', fields: ['summary', 'priority', 'assignee', 'labels'] }])
    const [main] = before.tabs as [Tab]
    s.jira.resetCounters()

    const wanted = { id: before.id, name: 'Bug', tabs: [{ ...main, fields: ['priority', 'assignee', 'labels', 'summary'] }] }
    await screens.update(s.site, before.id, wanted, { ...wanted, tabs: [main] })

    expect(writesOf(s.jira)).toEqual({ [`POST ${tabs}/{tabId}/fields/{id}/move`]: 1 })
    expect(shown(await screens.get(s.site, before.id))).toEqual([['Main', ['priority', 'assignee', 'labels', 'summary']]])
  })

  it('takes a field off its old tab before it comes to another, keeps ids, and puts tabs in order', async () => {
    await using s = await simulated()
    const before = await make(s.site, [
      { id: part('one'), name: 'One', fields: ['summary', 'priority'] },
      { id: part('two'), name: 'Two', fields: ['labels'] },
      { id: part('three'), name: 'Three', fields: ['assignee'] },
    ])
    const [one, two, three] = before.tabs as [Tab, Tab, Tab]

    const item = {
      id: before.id,
      name: 'Bug 2',
      tabs: [
        { ...three, fields: ['priority', 'assignee'] },
        { ...one, name: 'First', fields: ['summary'] },
        { id: part('new'), name: 'New', fields: ['labels', 'description'] },
      ],
    }
    const changed = await screens.update(s.site, before.id, item, { id: before.id, name: 'Bug', tabs: [one, two, three] })

    const now = await screens.get(s.site, before.id)
    expect(now?.name).toBe('Bug 2')
    expect(shown(now)).toEqual([
      ['Three', ['priority', 'assignee']],
      ['First', ['summary']],
      ['New', ['labels', 'description']],
    ])
    expect(now?.tabs.slice(0, 2).map(({ id }) => id)).toEqual([three.id, one.id])
    expect(changed?.parts?.get(part('new'))).toBe(now?.tabs[2]?.id)
  })

  it('lost its way where tabs exchange their names, or take the name of one that goes', async () => {
    await using s = await simulated()
    const before = await make(
      s.site,
      ['One', 'Two', 'Three'].map((name) => ({ id: part(name.toLowerCase()), name, fields: [] })),
    )
    const [one, two, three] = before.tabs as [Tab, Tab, Tab]
    const live = { id: before.id, name: 'Bug', tabs: [one, two, three] }

    const exchanged = { ...live, tabs: [{ ...one, name: 'Two' }, { ...two, name: 'one' }, three] }
    await screens.update(s.site, before.id, exchanged, live)
    expect(shown(await screens.get(s.site, before.id)).map(([name]) => name)).toEqual(['Two', 'one', 'Three'])

    const taken = {
      ...live,
      tabs: [
        { ...two, name: 'Three' },
        { ...one, name: 'One' },
      ],
    }
    await screens.update(s.site, before.id, taken, exchanged)
    expect(shown(await screens.get(s.site, before.id)).map(([name]) => name)).toEqual(['Three', 'One'])
  })

  it('does not mind that Jira has put a field on the screen by itself', async () => {
    await using s = await simulated()
    const before = await make(s.site, [{ id: part('main'), name: 'Main', fields: ['summary'] }])
    const [main] = before.tabs as [Tab]

    // Of `labels` the reading before knew nothing.
    await s.site.post(`${tabs}/{tabId}/fields`, { params: { screenId: before.id, tabId: main.id }, body: { fieldId: 'labels' } })
    const item = { id: before.id, name: 'Bug', tabs: [{ ...main, fields: ['summary', 'labels'] }] }
    await screens.update(s.site, before.id, item, { ...item, tabs: [main] })

    expect(shown(await screens.get(s.site, before.id))).toEqual([['Main', ['summary', 'labels']]])
  })
})

describe('reading screens', () => {
  it('asks for the order of tabs only where there are several', async () => {
    await using s = await simulated()
    await make(s.site, [
      { id: part('one'), name: 'One', fields: [] },
      { id: part('two'), name: 'Two', fields: [] },
    ])
    s.jira.resetCounters()

    const found = await Array.fromAsync(screens.read(s.site))

    expect(s.jira.counters.byEndpoint).toEqual({
      'GET /rest/api/3/screens': 1,
      'GET /rest/api/3/screens/tabs': 1,
      [`GET ${tabs}`]: 1,
      [`GET ${tabs}/{tabId}/fields`]: found.length + 1,
    })
  })

  it('asks a screen for its tabs where the list of all tabs leaves it out', async () => {
    await using s = await simulated()
    const { id } = await make(s.site, [{ id: part('main'), name: 'Main', fields: ['summary'] }])
    s.jira.faults.add({
      path: '/rest/api/3/screens/tabs',
      status: 200,
      body: { startAt: 0, maxResults: 100, total: 0, isLast: true, values: [] },
    })

    const read = await Array.fromAsync(screens.read(s.site))

    expect(read.map((found) => (isGap(found) ? found : [String(found.id), shown(found)]))).toContainEqual([id, [['Main', ['summary']]]])
  })

  it('names a screen that cannot be read and goes on', async () => {
    await using s = await simulated()
    const all = await Array.fromAsync(screens.read(s.site))
    s.jira.faults.add({ path: `${tabs}/{tabId}/fields`, status: 403, body: {} })

    const found = await Array.fromAsync(screens.read(s.site))

    expect(found).toHaveLength(all.length)
    expect(found.filter(isGap)).toMatchObject([{ under: { type: 'jira/screen' } }])
  })
})
