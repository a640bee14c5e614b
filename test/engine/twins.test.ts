import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTwin, markerOf, prefixOf, twinsOf } from '../../src/engine/twins.ts'
import type { Address } from '../../src/model/address.ts'
import type { Json } from '../../src/model/json.ts'
import type { Resource } from '../../src/model/resource.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'
import { catalogue } from '../support/site.ts'

const tag = 'tidemark-drill-1a2b3c4d'
const free = () => false

function snapshotOf(...resources: readonly (readonly [Address, Json])[]): ReadonlyMap<Address, Resource> {
  return new Map(resources.map(([address, spec]) => [address, { address, spec }]))
}

describe('objects made a second time', () => {
  it('bear the tag in their name and the marker in their text, within what the site allows, however they are called', () => {
    const type = catalogue.type('jira/status') as ResourceType
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.option(fc.string({ unit: 'binary', maxLength: 400 })),
        (name, description) => {
          const spec = { name, statusCategory: 'TODO', ...(description === null ? {} : { description }) }

          const { snapshot, twins } = twinsOf(snapshotOf(['jira/status/a', spec]), catalogue, tag, free)
          const made = snapshot.get('jira/status/a')?.spec as { name: string; description: string; statusCategory: string }

          expect(twins).toEqual(new Set(['jira/status/a']))
          expect(made.name.length).toBeLessThanOrEqual(60)
          expect(made.description.length).toBeLessThanOrEqual(255)
          expect(made.statusCategory).toBe('TODO')
          expect(isTwin(made, type, tag)).toBe(true)
          expect(isTwin(spec, type, tag)).toBe(false)
        },
      ),
    )
  })

  it('stay apart where their names have to be cut', () => {
    const long = 'x'.repeat(80)
    const all = snapshotOf(
      ['jira/status/a', { name: `${long}1`, statusCategory: 'TODO' }],
      ['jira/status/b', { name: `${long}2`, statusCategory: 'TODO' }],
    )

    const names = [...twinsOf(all, catalogue, tag, free).snapshot.values()].map(({ spec }) => (spec as { name: string }).name)

    expect(new Set(names).size).toBe(2)
    expect(names.every((name) => name.startsWith(prefixOf(tag)))).toBe(true)
  })

  it('get keys that are free, and of the form that keys have', () => {
    const space = (key: string) => ({ key, name: key, projectTypeKey: 'software', components: [], versions: [] })
    const all = snapshotOf(['jira/project/a', space('AAA')], ['jira/project/b', space('BBB')])
    const asked: string[] = []

    const { snapshot } = twinsOf(all, catalogue, tag, (key) => asked.push(key) === 1)
    const keys = [...snapshot.values()].map(({ spec }) => (spec as { key: string }).key)

    expect(new Set(keys).size).toBe(2)
    for (const key of keys) expect(key).toMatch(/^[A-Z][A-Z0-9]{1,9}$/)
    expect(keys).not.toContain(asked[0])
  })

  it('are not what belongs to Jira, nor what no API makes; what belongs to one of them goes with it', () => {
    const all = snapshotOf(
      ['jira/issue-type/epic', { name: 'Epic', hierarchyLevel: 1 }],
      [
        'jira/field/locked',
        { name: 'Locked', isLocked: true, schema: { custom: 'com.atlassian.jira.plugin.system.customfieldtypes:select' } },
      ],
      ['jira/field/own', { name: 'Own', schema: { custom: 'com.atlassian.jira.plugin.system.customfieldtypes:select' } }],
      ['jira/field-context/own--one', { name: 'One', fieldId: 'jira/field/own' }],
      ['jira/field-context/locked--one', { name: 'One', fieldId: 'jira/field/locked' }],
    )

    const { snapshot, twins } = twinsOf(all, catalogue, tag, free)

    expect(twins).toEqual(new Set(['jira/field/own', 'jira/field-context/own--one']))
    expect(snapshot.get('jira/issue-type/epic')).toBe(all.get('jira/issue-type/epic'))
    expect(snapshot.get('jira/field-context/own--one')).toBe(all.get('jira/field-context/own--one'))
    expect(snapshot.get('jira/field/own')?.spec).toMatchObject({ name: `${tag} Own`, description: markerOf(tag) })
  })
})
