import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/generate/sources.ts'
import { planAsMarkdown } from '../../src/engine/plan-markdown.ts'
import { planAsText } from '../../src/engine/render-plan.ts'
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

  it('takes what a plan offers about work items that move, as it is pasted, in a terminal or in a pull request', () => {
    const empty = writeRequest(request)
    const terminal = /^ {4}moves:\n(?: {6}.*\n)+/m.exec(planAsText(richReport))?.[0].replace(/^ {4}/gm, '')
    const comment = /^```yaml\n(moves:\n[^`]*)```$/m.exec(planAsMarkdown(richReport))?.[1]

    for (const snippet of [terminal, comment]) {
      const pasted = `${empty}${snippet}`
      expect(readRequest(pasted, 'request.yaml').moves).toEqual({
        'garden/bed/herbs': { 'garden/plant/mint': 'garden/plant/sage' },
        'garden/path/round': { 'garden/plant/rue': 'garden/plant/sage' },
      })
      expect(editorAccepts(pasted)).toBe(true)
      expect(readRequest(writeRequest(readRequest(pasted, 'request.yaml')), 'request.yaml')).toEqual(readRequest(pasted, 'request.yaml'))
    }
  })

  it.each([
    ['an object that is no address', 'moves: { dev flow: { jira/status/a: jira/status/b } }'],
    ['a status that is no address', 'moves: { jira/workflow/a: { QA: jira/status/b } }'],
    ['a part', 'moves: { jira/workflow/a: { jira/status/a: "jira/workflow/a#transition/b" } }'],
    ['a list', 'moves: { jira/workflow/a: [jira/status/a] }'],
    ['nothing', 'moves: { jira/workflow/a: }'],
    ['one status twice', 'moves: { jira/workflow/a: { jira/status/a: jira/status/b, jira/status/a: jira/status/c } }'],
  ])('names the line where moves speak of %s', (_title, moves) => {
    const text = `${writeRequest(request)}${moves}\n`

    expect(() => readRequest(text, 'request.yaml')).toThrow(new RegExp(`fault.*\\n.*request\\.yaml:${text.split('\n').length - 1}: `))
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
