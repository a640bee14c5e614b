import { describe, expect, it } from 'vitest'
import { isGap } from '../../../../src/model/resource-type.ts'
import type { JiraSite } from '../../../../src/products/jira/site.ts'
import { field } from '../../../../src/products/jira/types/field.ts'
import { type FieldContext, fieldContext } from '../../../../src/products/jira/types/field-context.ts'
import { makeField, makeProject } from '../../../fixtures/jira/fixture.ts'
import { simulated, untold, writesOf } from '../kit.ts'

const contexts = fieldContext as Required<typeof fieldContext>
const option = 'jira/field-context/size--all#option'
const onOptions = '/rest/api/3/field/{fieldId}/context/{contextId}/option'

async function fieldWithContext(site: JiraSite, kind = 'select'): Promise<FieldContext> {
  const searcher = kind === 'cascadingselect' ? 'cascadingselectsearcher' : kind === 'select' ? 'multiselectsearcher' : 'textsearcher'
  const fieldId = await makeField(site, 'Size', kind, searcher)
  for await (const found of contexts.read(site)) if (!isGap(found) && found.fieldId === fieldId) return found
  throw new Error('A new field has a context.')
}

/** The context with these values as new options. */
function withOptions(context: FieldContext, values: readonly string[]): FieldContext {
  return { ...context, options: values.map((value, index) => ({ id: `${option}/${index}`, value, disabled: false })) }
}

describe('a global context', () => {
  it('is taken over from the field, which has one from the start and never two', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site)

    const made = await contexts.create(s.site, { ...withOptions(before, ['S', 'M']), name: 'All of us', description: 'Ours' }, untold)

    expect(made.id).toBe(before.id)
    expect([...(made.parts ?? [])].map(([address]) => address)).toEqual([`${option}/0`, `${option}/1`])
    expect(await contexts.get(s.site, made.id)).toMatchObject({
      name: 'All of us',
      description: 'Ours',
      options: [{ value: 'S' }, { value: 'M' }],
    })
  })
})

describe('a context of some spaces', () => {
  it('is refused when none of its spaces exists: it would become valid everywhere', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site)
    s.jira.resetCounters()

    const making = contexts.create(s.site, { ...before, isGlobalContext: false, projectIds: [] }, untold)

    await expect(making).rejects.toMatchObject({ code: 'PRODUCT_CONTEXT_EVERYWHERE' })
    expect(writesOf(s.jira)).toEqual({})
  })

  it('gets its new spaces before it loses the old ones, and is never without any', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site)
    const [a, b] = [await makeProject(s.site, 'AAA', 'A'), await makeProject(s.site, 'BBB', 'B')]
    const { id } = await contexts.create(s.site, { ...before, name: 'Of A', isGlobalContext: false, projectIds: [a] }, untold)
    const now = (await contexts.get(s.site, id)) as FieldContext

    await contexts.update(s.site, id, { ...now, projectIds: [b] }, now)

    expect(await contexts.get(s.site, id)).toMatchObject({ isGlobalContext: false, projectIds: [b] })
  })
})

describe('options', () => {
  it('are made in chunks of a thousand, in order', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site)
    const values = Array.from({ length: 2300 }, (_, index) => `Value ${index}`)
    s.jira.resetCounters()

    await contexts.update(s.site, before.id, withOptions(before, values), before)

    expect(writesOf(s.jira)).toEqual({ [`POST ${onOptions}`]: 3 })
    expect((await contexts.get(s.site, before.id))?.options?.map(({ value }) => value)).toEqual(values)
  })

  it('come back with each parent before its children, and defaults that name both', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site, 'cascadingselect')
    const [north, south, upper, lower] = ['north', 'south', 'upper', 'lower'].map((slug) => `${option}/${slug}`) as [
      string,
      string,
      string,
      string,
    ]
    const wanted: FieldContext = {
      ...before,
      options: [
        { id: north, value: 'North', disabled: false },
        { id: upper, value: 'Upper', disabled: false, optionId: north },
        { id: lower, value: 'Lower', disabled: true, optionId: north },
        { id: south, value: 'South', disabled: false },
      ],
      defaults: [{ isAnyIssueType: true, type: 'option.cascading', optionId: north, cascadingOptionId: upper }],
    }

    const { parts } = (await contexts.update(s.site, before.id, wanted, before)) as { parts: ReadonlyMap<string, string> }

    const now = await contexts.get(s.site, before.id)
    expect(now?.options?.map(({ value }) => value)).toEqual(['North', 'Upper', 'Lower', 'South'])
    expect(now?.options?.[2]).toMatchObject({ disabled: true, optionId: parts.get(north) })
    expect(now?.defaults).toEqual([
      { isAnyIssueType: true, type: 'option.cascading', optionId: parts.get(north), cascadingOptionId: parts.get(upper) },
    ])
  })

  it('are all read, also where Jira says null for no parent, or names a parent that it does not list', async () => {
    await using s = await simulated()
    const { fieldId, id } = await fieldWithContext(s.site, 'cascadingselect')
    const [, contextId] = id.split('/')
    const values = [
      { id: '1', value: 'North', disabled: false, optionId: null },
      { id: '2', value: 'Upper', disabled: false, optionId: '1' },
      { id: '3', value: 'Lost', disabled: false, optionId: '9' },
      // Of a form that we do not know, which its reader is to say.
      { id: '4', value: 'Odd', disabled: false, optionId: 1 },
      { id: '5', value: 'Lower still', disabled: false, optionId: '3' },
    ]
    s.jira.faults.add({
      path: `/rest/api/3/field/${fieldId}/context/${contextId}/option`,
      status: 200,
      body: { startAt: 0, maxResults: 100, total: 5, isLast: true, values },
    })

    const [{ options = [] } = {}] = (await Array.fromAsync(contexts.read(s.site))).filter(
      (found) => !isGap(found) && found.id === id,
    ) as FieldContext[]

    expect(options).toEqual([{ id: '1', value: 'North', disabled: false }, ...values.slice(1)])
  })

  it('keep their ids when they are renamed, moved and taken away, children before parents', async () => {
    await using s = await simulated()
    const empty = await fieldWithContext(s.site, 'cascadingselect')
    const first = withOptions(empty, ['A', 'B', 'C'])
    const child = { id: `${option}/child`, value: 'B1', disabled: false, optionId: `${option}/1` }
    await contexts.update(s.site, empty.id, { ...first, options: [...(first.options ?? []), child] }, empty)
    const before = (await contexts.get(s.site, empty.id)) as FieldContext
    const [a, , , c] = before.options ?? []
    s.jira.resetCounters()

    await contexts.update(
      s.site,
      empty.id,
      { ...before, options: [c, { ...a, value: 'Alpha' }] as FieldContext['options'] & object },
      before,
    )

    const now = await contexts.get(s.site, empty.id)
    expect(now?.options?.map(({ id, value }) => [id, value])).toEqual([
      [c?.id, 'C'],
      [a?.id, 'Alpha'],
    ])
    expect(writesOf(s.jira)).toEqual({ [`DELETE ${onOptions}/{optionId}`]: 2, [`PUT ${onOptions}`]: 1, [`PUT ${onOptions}/move`]: 1 })
  })
})

describe('default values', () => {
  it('are taken away where none is wanted', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site, 'textfield')
    const text = [{ isAnyIssueType: true, type: 'textfield', text: 'n/a' }]
    await contexts.update(s.site, before.id, { ...before, defaults: text }, before)

    await contexts.update(s.site, before.id, before, { ...before, defaults: text })

    expect((await contexts.get(s.site, before.id))?.defaults).toEqual([])
  })

  it('of single work types are left to a person', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site, 'textfield')

    const writing = contexts.update(
      s.site,
      before.id,
      { ...before, defaults: [{ issueTypeId: '1', type: 'textfield', text: 'x' }] },
      before,
    )

    await expect(writing).rejects.toMatchObject({ code: 'PRODUCT_DEFAULT_VALUE' })
  })

  it('are read the new way although the first field that is asked for them was deleted meanwhile', async () => {
    await using s = await simulated()
    await fieldWithContext(s.site)
    await makeProject(s.site, 'AAA', 'A')
    const path = '/rest/api/3/field/{fieldId}/context/defaultValue'
    for (const one of [path, `${path}s`]) s.jira.faults.add({ path: one, status: 404, body: { errorMessages: ['Not found'], errors: {} } })
    s.jira.resetCounters()

    const read = await Array.fromAsync(contexts.read(s.site))

    expect(read.filter(isGap)).toEqual([])
    expect(s.jira.counters.byEndpoint[`GET ${path}`]).toBe(1)
  })

  it('are read although the first field that is asked for them has none to tell', async () => {
    await using s = await simulated()
    const { fieldId, id } = await fieldWithContext(s.site)
    s.jira.faults.add({ path: '/rest/api/3/field/{fieldId}/context/defaultValues', status: 400, body: {}, times: 1 })

    const read = await Array.fromAsync(contexts.read(s.site))

    expect(read.filter(isGap)).toEqual([])
    expect(read).toContainEqual(expect.objectContaining({ id, fieldId, defaults: [] }))
  })

  it('are read the old way where the site has no new one, and look the same', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site, 'textfield')
    await contexts.update(s.site, before.id, { ...before, defaults: [{ isAnyIssueType: true, type: 'textfield', text: 'n/a' }] }, before)
    const asNow = await contexts.get(s.site, before.id)
    await s.site.put('/rest/api/3/field/{id}', { params: { id: before.fieldId }, body: { name: 'Size', description: '' } })
    s.jira.faults.add({ path: '/rest/api/3/field/{fieldId}/context/defaultValues', status: 404, body: {} })

    expect(await contexts.get(s.site, before.id)).toEqual(asNow)
    expect(s.jira.counters.byEndpoint['GET /rest/api/3/field/{fieldId}/context/defaultValue']).toBe(2)
  })
})

describe('reading', () => {
  it('reads a field once more where a context and its mappings do not agree', async () => {
    await using s = await simulated()
    const before = await fieldWithContext(s.site)
    const projectId = await makeProject(s.site, 'AAA', 'A')
    const { id } = await contexts.create(s.site, { ...before, name: 'Of A', isGlobalContext: false, projectIds: [projectId] }, untold)
    const nothing = { startAt: 0, maxResults: 50, total: 0, isLast: true, values: [] }
    s.jira.faults.add({ path: `/rest/api/3/field/${before.fieldId}/context/projectmapping`, status: 200, body: nothing })

    const read = await Array.fromAsync(contexts.read(s.site))

    expect(read).toContainEqual(expect.objectContaining({ id, projectIds: [projectId] }))
  })

  it('takes a refusal to tell the defaults of a field of its own for a gap, not for none', async () => {
    await using s = await simulated()
    const { fieldId } = await fieldWithContext(s.site)
    s.jira.faults.add({ path: `/rest/api/3/field/${fieldId}/context/defaultValues`, status: 400, body: {}, times: 9 })

    const gaps = (await Array.fromAsync(contexts.read(s.site))).filter(isGap)

    expect(gaps.map(({ under }) => under)).toEqual([{ type: 'jira/field', id: fieldId }])
  })

  it('names the one field whose contexts cannot be read and goes on', async () => {
    await using s = await simulated()
    const { fieldId } = await fieldWithContext(s.site)
    const all = await Array.fromAsync(contexts.read(s.site))
    s.jira.faults.add({ path: `/rest/api/3/field/${fieldId}/context`, status: 403, body: { errorMessages: ['No'] } })

    const found = await Array.fromAsync(contexts.read(s.site))

    expect(found).toHaveLength(all.length)
    expect(found.filter(isGap)).toMatchObject([{ under: { type: 'jira/field', id: fieldId }, reason: { code: 'HTTP_FORBIDDEN' } }])
  })

  it('passes over a field that was deleted after it had been listed', async () => {
    await using s = await simulated()
    const { fieldId } = await fieldWithContext(s.site)
    await Array.fromAsync(field.read(s.site))
    s.jira.state.store('field').remove(fieldId)

    const found = await Array.fromAsync(contexts.read(s.site))

    expect(found.filter(isGap)).toEqual([])
    expect(found.filter((one) => !isGap(one) && one.fieldId === fieldId)).toEqual([])
  })

  it('asks each field for its contexts and defaults, and only fields that have them for options', async () => {
    await using s = await simulated()
    await fieldWithContext(s.site)
    await Array.fromAsync(field.read(s.site))
    s.jira.resetCounters()

    const found = await Array.fromAsync(contexts.read(s.site))

    expect(s.jira.counters.byEndpoint).toEqual({
      'GET /rest/api/3/field/{fieldId}/context': found.length,
      'GET /rest/api/3/field/{fieldId}/context/defaultValues': found.length,
      [`GET ${onOptions}`]: 1,
    })
  })
})
