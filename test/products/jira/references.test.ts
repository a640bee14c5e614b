import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ValueReference } from '../../../src/model/reference.ts'
import {
  fieldAt,
  fieldList,
  groupList,
  optionsInJson,
  resolutionList,
  roleList,
  statusList,
} from '../../../src/products/jira/references.ts'

const codecs = [fieldList, groupList, optionsInJson, resolutionList, roleList, statusList]
const awkward = fc.array(
  fc.oneof(fc.constantFrom(',', ', ', '"', '[', ']', 'customfield_10001', 'customfield_', '10001', 'summary', '-1'), fc.string()),
)

describe('the lists in the parameters of rules', () => {
  it.each(codecs.map((codec) => [codec.name, codec] as const))('%s: joined again, what was taken apart is what it was', (_name, codec) => {
    fc.assert(
      fc.property(awkward, (words) => {
        const text = words.join('')

        expect(codec.join(codec.split(text))).toBe(text)
      }),
    )
  })

  it('name custom fields and leave system fields alone', () => {
    expect(fieldList.split('assignee,customfield_10025, duedate')).toEqual([
      'assignee,',
      { kind: 'jira/field', id: 'customfield_10025', spelling: 'id' },
      ', duedate',
    ])
  })

  it('name whole ids only', () => {
    expect(statusList.split('10001,x10002,10003y')).toEqual([{ kind: 'jira/status', id: '10001', spelling: 'id' }, ',x10002,10003y'])
  })

  it('name the options in a JSON list', () => {
    expect(optionsInJson.split('["10010","a 7"]')).toEqual([
      '["',
      { kind: 'jira/field-context#option', id: '10010', spelling: 'id' },
      '","a 7"]',
    ])
  })
})

describe('fieldAt', () => {
  it('takes the ids of system fields as they are', () => {
    const { literal } = fieldAt('/field') as ValueReference

    expect(literal?.test('summary')).toBe(true)
    expect(literal?.test('customfield_x')).toBe(true)
    expect(literal?.test('customfield_10001')).toBe(false)
  })
})
