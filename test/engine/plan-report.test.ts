import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { longestComment } from '../../src/engine/markdown.ts'
import { planAsMarkdown, planMarker } from '../../src/engine/plan-markdown.ts'
import { type PlanReport, type PlanSetting, reportOf } from '../../src/engine/plan-report.ts'
import { planAsText } from '../../src/engine/render-plan.ts'
import type { Address } from '../../src/model/address.ts'
import type { Path } from '../../src/model/path.ts'
import type { Plan, Verb } from '../../src/model/plan.ts'
import { aPlan, aSetting, aStep, richPlan, richReport, richReportOnPull } from './rich-plan.ts'

const report = (more: Partial<Plan>) => reportOf(aPlan(more), aSetting())

describe('what a person reads of a plan', () => {
  it('stands on a terminal section by section, from what will happen to the next command', async () => {
    await expect(planAsText(richReport)).toMatchFileSnapshot('golden/plan.txt')
  })

  it('stands in a pull request in the same order', async () => {
    await expect(planAsMarkdown(richReportOnPull)).toMatchFileSnapshot('golden/plan.md')
  })

  it('ends with what is next where it goes on: by a command, at a merge, or by a comment', () => {
    const plan = aPlan({ digest: 'ab'.repeat(32), steps: [aStep('update', 'garden/bed/a')] })
    const { request } = aSetting()
    const next = (more: Partial<PlanSetting>) =>
      planAsText(reportOf(plan, aSetting(more)))
        .split('\n')
        .at(-2)

    expect(next({})).toBe(`Next: tidemark apply ${request.id} --site ${plan.site}`)
    expect(next({ goesOn: 'pull request' })).toBe('Next: have this plan approved, then merge: merging applies it.')
    expect(next({ goesOn: 'pull request', request: { ...request, kind: 'edit' } })).toMatch(/by the comment \/apply abababababab$/)
    expect(next({ goesOn: 'unshown' })).toMatch(/on its pull request, .* by the comment \/plan$/)
  })

  it('is nothing but head, summary and outcome where nothing is to be done', () => {
    const text = planAsText(report({}))

    expect(text).toMatch(/\n\nNothing to do\.\n\nNothing to do: the site is as the request wants it\.\n$/)
    expect(text).not.toContain('What will happen')
  })

  it('names every state that an object can have, and why it stays where it stays', () => {
    const lines = richReport.groups.flatMap((group) => group.lines)

    expect(lines.find(({ address }) => address === 'garden/bed/new')).toMatchObject({ action: 'nothing', state: 'created' })
    expect(lines.find(({ address }) => address === 'garden/bed/kept')?.why).toBe('Kept, as was chosen.')
    expect(lines.find(({ address }) => address === 'garden/bed/shade')?.why).toBe('In conflict, see below.')
    expect(richReport.groups.map(({ title, alike }) => [title, alike])).toEqual([
      ['Bed', 2],
      ['Plant', 0],
      ['Path', 0],
    ])
  })

  it('has every step in one group and every finding in one section', () => {
    const { groups, conflicts, access, large, moves, findings, lost, manual } = richReport
    const acted = groups.flatMap(({ lines }) => lines).filter(({ action }) => action !== 'nothing')

    expect(acted).toHaveLength(richPlan.steps.length)
    expect(conflicts.length + access.length + large.length + moves.length + findings.length).toBe(richPlan.findings.length)
    expect([lost.length, manual.length]).toEqual([1, 1])
  })

  it('offers answers that keep the site as it is, to be pasted', () => {
    expect(richReport.choices).toEqual([
      'garden/bed/shade: keep  # or overwrite',
      'garden/path/long: skip  # or overwrite',
      'garden/bed/twin: { use: garden/bed/a }  # or { use: garden/bed/b }, or skip',
    ])
  })

  it('offers where work items go as the request may say it, each status of an object once', () => {
    expect(richReport.movesSaid).toEqual([
      { address: 'garden/bed/herbs', lines: ['garden/plant/mint: garden/plant/sage  # some to garden/plant/thyme'] },
      { address: 'garden/path/round', lines: ['garden/plant/rue: garden/plant/sage'] },
    ])
  })

  it('leaves out the command for values where no snapshot holds them, and the page where a type knows none', () => {
    const plan = aPlan({ steps: [aStep('manual', 'garden/plant/herbs--mint')] })

    expect(reportOf(plan, aSetting({ shows: () => undefined })).manual).toEqual([
      { address: 'garden/plant/herbs--mint', title: 'Plant', link: 'https://meadow.example/', places: [] },
    ])
  })
})

describe('a plan as Markdown', () => {
  it('begins with a line by which the comment is found again', () => {
    expect(planAsMarkdown(richReport).split('\n')[0]).toBe('<!-- tidemark:plan meadow 2026-11-01-restore-meadow -->')
    expect(planMarker(richReport)).toBe(planMarker({ site: 'meadow', request: '2026-11-01-restore-meadow' }))
  })

  it('folds a type with more than 20 objects and leaves the others open', () => {
    const beds = (count: number) => Array.from({ length: count }, (_, index) => aStep('create', `garden/bed/b${index}`))

    expect(planAsMarkdown(report({ steps: beds(20) }))).not.toContain('<details>')
    expect(planAsMarkdown(report({ steps: beds(21) }))).toContain(
      '<details><summary>Bed: 21 will create</summary>\n\n- will create `garden/bed/b0`\n',
    )
  })

  it('never says more than the site itself may be told: the words of the site are left out', () => {
    const markdown = planAsMarkdown(
      report({ findings: [{ level: 'error', code: 'PLAN_REFUSED', message: 'No.', said: ['The name "Zanzibar" is taken.'] }] }),
    )

    expect(markdown).toContain('No.')
    expect(markdown).not.toContain('Zanzibar')
  })

  it('lets no text make markup, mention anybody, or link', () => {
    const nasty = '<script>x</script> @ann [y](https://evil.example) www.evil.example #12 **bold** `code`\n# Title | cell'
    const markdown = planAsMarkdown(
      report({
        tool: `tool \`\`${nasty}`,
        steps: [aStep('update', 'garden/bed/a', { paths: [`/${nasty.replaceAll('/', '~1')}` as Path], why: nasty })],
        findings: [{ level: 'warning', code: 'PLAN_ACCESS', message: nasty, cure: nasty }],
      }),
    )
    const outsideCode = markdown.replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '').replace(/^<!--.*-->$/m, '')

    expect(outsideCode).not.toMatch(/<script|(?<!\\)\[y|@ann|:\/\/evil|www\.evil|#12|(?<!\\)\*(?<!\*\*)\*bold/)
    expect(outsideCode.split('\n').filter((line) => /^# /.test(line))).toEqual([])
    expect(
      markdown
        .split('\n')
        .find((line) => line.startsWith('| made by'))
        ?.match(/(?<!\\)\|/g),
    ).toHaveLength(3)
  })

  const verb = fc.constantFrom<Verb>('create', 'update', 'revive', 'repair', 'delete', 'manual')
  const text = fc.string({ unit: 'binary', maxLength: 200 })
  const address = fc
    .tuple(fc.constantFrom('bed', 'plant', 'path', 'pond'), fc.nat({ max: 5000 }))
    .map(([type, number]) => `garden/${type}/o${number}` as Address)
  const step = fc
    .tuple(verb, address, fc.array(text, { maxLength: 20 }), text)
    .map(([one, at, places, why]) => aStep(one, at, { paths: places.map((place) => `/${place}` as Path), why }))
  const finding = fc
    .tuple(
      fc.constantFrom('PLAN_COLLISION', 'PLAN_ACCESS', 'PLAN_LOST', 'PLAN_X'),
      fc.constantFrom('error', 'warning', 'note'),
      address,
      text,
    )
    .map(([code, level, at, message]) => ({ code, level, address: at, message, cure: message }) as const)
  const anyReport = fc
    .record({
      steps: fc.array(step, { maxLength: 300 }),
      findings: fc.array(finding, { maxLength: 60 }),
      lost: fc.array(finding, { maxLength: 20 }),
    })
    .map((more): [PlanReport, Plan] => [report(more), aPlan(more)])

  it('is never longer than the limit, and counts every step that it does not show', () => {
    fc.assert(
      fc.property(anyReport, fc.integer({ min: 1500, max: longestComment }), ([one, plan], limit) => {
        const markdown = planAsMarkdown(one, limit)

        expect(markdown.length).toBeLessThanOrEqual(limit)
        expect(markdown).toContain(planMarker(one))
        if (!markdown.includes('There is no room here')) expect(stepsTold(markdown)).toBe(plan.steps.length)
        else expect(markdown).toContain(one.tellsAll)
      }),
      { numRuns: 60 },
    )
  })

  it('shows all of a plan for which there is room', () => {
    const steps = Array.from({ length: 300 }, (_, index) => aStep('update', `garden/bed/b${index}`, { paths: ['/name'] }))

    expect(planAsMarkdown(report({ steps }))).not.toContain('more:')
  })

  it('keeps what needs an answer where the steps alone would fill the page', () => {
    const steps = Array.from({ length: 5000 }, (_, index) => aStep('update', `garden/bed/b${index}`, { paths: ['/name'] }))
    const markdown = planAsMarkdown(reportOf({ ...richPlan, steps }, aSetting()))

    expect(markdown.length).toBeGreaterThan(longestComment * 0.95)
    expect(markdown).toContain('  garden/bed/shade: keep  # or overwrite')
    expect(markdown).toContain('#### What this cannot bring back')
    expect(markdown).toMatch(/^- … and \d+ more: `tidemark plan 2026-11-01-restore-meadow --site meadow` tells all$/m)
  })
})

/** How many steps the part about what will happen accounts for: told one by one, or counted. */
function stepsTold(markdown: string): number {
  const from = markdown.indexOf('#### What will happen')
  if (from < 0) return 0
  const end = markdown.indexOf('\n#### ', from + 1)
  const part = markdown.slice(from, end < 0 ? undefined : end)
  const shown = part.match(/^- (?:will |manual)/gm)?.length ?? 0
  return [...part.matchAll(/^- … and (\d+) more:/gm)].reduce((sum, [, count]) => sum + Number(count), shown)
}
