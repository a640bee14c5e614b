import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acme } from '../../src/simulator/presets.ts'
import { type Desk, desk, leaksIn } from './kit.ts'

let at: Desk

beforeAll(async () => {
  at = await desk({ fill: acme() })
  expect(await at.init()).toMatchObject({ code: 0 })
})

afterAll(() => at?.[Symbol.asyncDispose]())

const lastRun = () => JSON.parse(at.git('show', 'tidemark/runs/acme:run.json'))

describe('a drill on a simulated site', () => {
  it('has nothing to restore before the first backup', async () => {
    expect(await at.run(['drill', '--quiet'])).toMatchObject({ code: 1, stderr: expect.stringContaining('[REPOSITORY_NO_SNAPSHOT]') })
  })

  it('brings a whole company back the same, but for what belongs to team-managed spaces, and asks nothing of the site itself', async () => {
    expect((await at.run(['backup', '--quiet'])).code).toBe(0)
    const head = at.git('rev-parse', 'sites/acme')
    at.site.resetCounters()

    const ran = await at.run(['drill', '--json', '--quiet'])
    const told = JSON.parse(ran.stdout)

    expect(ran.code).toBe(0)
    expect(told).toMatchObject({ verb: 'drill', simulated: true, state: 'success', snapshot: head.trim(), missing: [], different: [] })
    expect(told.objects).toBeGreaterThan(500)
    expect(told.restored).toBe(told.objects - told.left.length)
    expect(told.left.length).toBeLessThan(told.objects / 20)
    expect(new Set(told.findings.map(({ code }: { code: string }) => code))).toEqual(new Set(['PLAN_NOT_OURS']))
    expect(told.findings).toHaveLength(told.left.length)
    expect(at.site.counters.requests).toBe(0)
    expect(at.git('rev-parse', 'sites/acme')).toBe(head)
    expect(leaksIn(ran, at)).toEqual([])
  })

  it('leaves a signed record that says it was simulated, with addresses and no value', async () => {
    const record = lastRun()

    expect(record).toMatchObject({ flow: 'drill', site: 'acme', state: 'success', drill: { simulated: true, missing: [], different: [] } })
    expect(at.git('log', '-1', '--format=%s', 'tidemark/runs/acme')).toMatch(/^acme: drill success, \d+ objects/)
    expect(await at.run(['verify', '--quiet'])).toMatchObject({ code: 0 })
  })

  it('says in words how much came back and where', async () => {
    const ran = await at.run(['drill'])

    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(
      /^acme: \d+ of \d+ objects of [0-9a-f]{12} came back the same on an empty simulated site, in \d+ s; \d+ are not ours to restore or cannot be, 0 missing, 0 different\. Record [0-9a-f]{12}\.\n$/,
    )
    expect(ran.stderr).toContain('belongs to Jira, an app or a team-managed space')
  })

  it('is a partial success where something cannot be brought back, and names it', async () => {
    const fields = at.site.state.store<{ id: string; name: string }>('field')
    const used = [...fields.all()].map(({ id }) => id).find((id) => workflowsNaming(id) > 0) ?? ''
    fields.remove(used)
    expect((await at.run(['backup', '--quiet'])).code).toBe(0)

    const ran = await at.run(['drill', '--json', '--quiet'])
    const told = JSON.parse(ran.stdout)

    // The site refuses the rule that names the field; what waits for that workflow is named with it, and all else comes back.
    expect(ran.code).toBe(5)
    expect(told).toMatchObject({ simulated: true, state: 'partial_success', different: [] })
    const of = (code: string) => told.findings.filter((finding: { code: string }) => finding.code === code)
    expect(of('HTTP_BAD_REQUEST')).toMatchObject([{ level: 'error', address: expect.stringMatching(/^jira\/workflow\//) }])
    expect(told.missing).toHaveLength(1 + of('APPLY_SKIPPED').length)
    expect(told.restored).toBe(told.objects - told.left.length - told.missing.length)
    expect(lastRun()).toMatchObject({ state: 'partial_success', drill: { simulated: true, missing: told.missing } })
  })
})

function workflowsNaming(fieldId: string): number {
  return [...at.site.state.store('workflow').all()].filter((row) => JSON.stringify(row).includes(fieldId)).length
}
