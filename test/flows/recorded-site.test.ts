import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStored, stored } from '../../src/flows/stored.ts'
import type { Address, TypeName } from '../../src/model/address.ts'
import type { Bindings } from '../../src/model/bindings.ts'
import { type Draft, draftOf, isObject, type Json } from '../../src/model/json.ts'
import { drop, edit, type Path } from '../../src/model/path.ts'
import { readDanglingMark } from '../../src/model/reference.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'
import { type LoadReport, load } from '../../src/simulator/load.ts'
import { catalogue } from '../support/site.ts'
import { wholeSite } from '../support/whole-site.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'samples', 'jira-api')
if (!existsSync(folder)) console.log('skipped: the backup of recorded answers of real sites; ../shared/samples/jira-api is absent')

/** Under which type a recording's family is backed up, and which of its properties our endpoint answers in another form. */
const recorded: readonly { readonly view: string; readonly type: TypeName; readonly form?: (object: Json) => Json }[] = [
  { view: 'issue-type', type: 'jira/issue-type' },
  { view: 'project', type: 'jira/project' },
  { view: 'status/details', type: 'jira/status', form: asStatusSearchAnswers },
]

describe.skipIf(!existsSync(folder))('recorded answers of real sites', () => {
  it('are all in the backup, property by property, but for what is declared to change by itself', async () => {
    const reports: LoadReport[] = []
    await using whole = await wholeSite({
      fill: async (state) => {
        reports.push(await load(state, folder))
        // Recorded from the search for spaces, which leaves these lists out; the answer about one space has them.
        const spaces = state.recorded.get('project') ?? new Map()
        for (const [id, space] of spaces) spaces.set(id, { components: [], versions: [], ...space })
      },
    })
    const { commit, state, findings } = await whole.backup()
    // They were recorded from several sites, so some name spaces that none of the recordings is of.
    expect([state, findings.filter(({ code }) => code !== 'REFERENCE_DANGLING')]).toEqual(['success', []])

    const site = await whole.open()
    const documents = new Map<Address, Json>()
    for await (const { address, spec } of openStored(site, await stored(site, commit))) documents.set(address, spec)
    const bindings = whole.bindings()
    const count = { objects: 0, properties: 0, volatile: 0 }
    const wrong: string[] = []
    for (const { view, type: name, form = (object: Json) => object } of recorded) {
      const type = catalogue.type(name) as ResourceType
      for (const [id, recording] of whole.site.state.recorded.get(view) ?? []) {
        const address = bindings.addressOf(name, id)
        const spec = address === undefined ? undefined : documents.get(address)
        const whatWas = form(recording as Json)
        const kept = withoutVolatile(whatWas, type)
        count.objects += 1
        count.volatile += [...leaves(whatWas)].length - [...leaves(kept)].length
        for (const [at, value] of leaves(kept)) {
          count.properties += 1
          if (!same(value, valueAt(spec, at), bindings)) wrong.push(`${address} ${at}`)
        }
      }
    }
    expect(wrong).toEqual([])
    expect(count.objects).toBe(
      ['issue-type', 'project', 'status/details'].reduce((sum, view) => sum + (whole.site.state.recorded.get(view)?.size ?? 0), 0),
    )
    expect(count.properties).toBeGreaterThan(count.objects * 3)
    const strange = (reports[0]?.unrecognised ?? []).reduce((sum, { objects }) => sum + objects, 0)
    console.log(
      `recorded answers: ${count.objects} objects, ${count.properties} properties compared, ${count.volatile} declared volatile, ${strange} objects of kinds that are not backed up yet`,
    )
    expect((await whole.backup()).commit).toBeUndefined()
  })
})

/** What the list of statuses tells of a status that was recorded through `GET /status`. */
function asStatusSearchAnswers(object: Json): Json {
  if (!isObject(object)) return object
  const { id, name, description, scope, statusCategory } = object
  const key = isObject(statusCategory) ? statusCategory['key'] : undefined
  const category = key === 'new' ? 'TODO' : key === 'done' ? 'DONE' : key === 'indeterminate' ? 'IN_PROGRESS' : undefined
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(category === undefined ? {} : { statusCategory: category }),
    ...(scope === undefined ? {} : { scope }),
  }
}

function withoutVolatile(value: Json, type: ResourceType): Json {
  let copy: Draft = draftOf(value)
  for (const path of [...(type.volatile ?? []), ...(type.id === undefined ? [] : [type.id])]) copy = edit(copy, path, () => drop)
  return copy as Json
}

/** Every value that holds no others, with its place. */
function* leaves(value: Json, at = '' as Path): Generator<readonly [Path, Json]> {
  const entries = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : []
  if (entries.length === 0) yield [at, value]
  for (const [key, inner] of entries) yield* leaves(inner, `${at}/${key}` as Path)
}

function valueAt(value: Json | undefined, at: Path): Json | undefined {
  return at
    .split('/')
    .slice(1)
    .reduce<Json | undefined>((now, key) => {
      if (Array.isArray(now)) return now[Number(key)]
      return isObject(now) ? now[key] : undefined
    }, value)
}

/** Equal, or the address of what the id stands for, or the mark of an id that stands for nothing. */
function same(was: Json, is: Json | undefined, bindings: Bindings): boolean {
  if (JSON.stringify(was) === JSON.stringify(is)) return true
  if (typeof is !== 'string' || (typeof was !== 'string' && typeof was !== 'number')) return false
  return bindings.idOf(is as Address) === String(was) || readDanglingMark(is)?.raw === String(was)
}
