import { describe, expect, it } from 'vitest'
import { asJiraWrites, optionsNamed } from '../../../src/products/jira/workflow-rules.ts'

const rule = (parameters: Readonly<Record<string, string>>) => ({ ruleKey: 'system:check-field-value', parameters })

describe('the condition on the value of a field', () => {
  it('names options as such where it compares options of a custom field, and is written as Jira wants it', () => {
    const jiras = rule({ comparisonType: 'OPTIONID', fieldId: 'customfield_10010', fieldValue: '["10020"]' })

    const ours = optionsNamed(jiras)

    expect(ours.parameters).toEqual({ comparisonType: 'OPTIONID', fieldId: 'customfield_10010', fieldOptionIds: '["10020"]' })
    expect(asJiraWrites(ours)).toEqual(jiras)
  })

  it.each([
    { comparisonType: 'OPTIONID', fieldId: 'priority', fieldValue: '["1","2"]' },
    { comparisonType: 'STRING', fieldId: 'customfield_10010', fieldValue: '["1"]' },
  ])('takes the ids of other objects, and texts, for no options: %j', (parameters) => {
    expect(optionsNamed(rule(parameters))).toEqual(rule(parameters))
  })
})
