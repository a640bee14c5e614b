import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/generate/sources.ts'
import { readRequest, writeRequest } from '../../src/flows/request-file.ts'
import { readPlainYaml } from '../../src/lib/plain-yaml.ts'
import type { Request } from '../../src/model/request.ts'
import { richReport } from '../engine/rich-plan.ts'

const pin = { site: 'acme', commit: 'a'.repeat(40), tree: 'b'.repeat(40) }
const request: Request = {
  format: 1,
  id: '2026-11-01-restore-acme',
  kind: 'restore',
  to: { site: 'acme', cloudId: 'c' },
  source: pin,
  base: pin,
  select: ['**'],
  delete: [],
  choices: { 'jira/status/a': 'keep', 'jira/status/b': { use: 'jira/status/c' }, 'jira/status/d': { rename: 'D' } },
  users: {},
  groups: {},
}
const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(new URL('schemas/request.json', root), 'utf8')))
const editorAccepts = (text: string) => {
  const yaml = readPlainYaml(text)
  return 'lineOf' in yaml && validate(yaml.value)
}

describe('a request on disk', () => {
  it('is read as it was written', () => {
    expect(readRequest(writeRequest(request), 'request.yaml')).toEqual(request)
  })

  it('takes the answers that a plan offers for its conflicts, as they are pasted', () => {
    const empty = writeRequest({ ...request, choices: {} })
    const pasted = empty.replace('choices: {}\n', `choices:\n${richReport.choices.map((line) => `  ${line}\n`).join('')}`)

    expect(readRequest(pasted, 'request.yaml').choices).toEqual({
      'garden/bed/shade': 'keep',
      'garden/path/long': 'skip',
      'garden/bed/twin': { use: 'garden/bed/a' },
    })
    expect(editorAccepts(pasted)).toBe(true)
  })

  it('is checked by its schema in an editor as the program checks it', () => {
    const text = writeRequest(request)

    expect(editorAccepts(text)).toBe(true)
    for (const [right, wrong] of [
      [': keep', ': maybe'],
      ['use:', 'take:'],
      ['select:', 'selected:'],
      [pin.tree, 'main'],
    ] as const) {
      const other = text.replace(right, wrong)
      expect(other).not.toBe(text)
      expect(editorAccepts(other)).toBe(false)
      expect(() => readRequest(other, 'request.yaml')).toThrow(/fault/)
    }
  })
})
