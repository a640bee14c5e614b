import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needsOf } from '../../../src/engine/needs.ts'
import { accountsIn, lacksOf, licencesOf, needsOfWorkflow } from '../../../src/products/jira/needs.ts'
import { acme } from '../../../src/simulator/presets.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { captured, catalogue, connect, type OpenedSite } from '../../support/site.ts'

const anna = '712020:12345678-1234-1234-1234-123456789abc'
const forge = 'ari:cloud:ecosystem::extension/9df6d15f-1bbe-443e-be08-150309e8dbb0/11111111-2222-3333-4444-555555555555/static/gate'

describe('what a workflow needs', () => {
  it('are the apps of its rules, however deep, with where to get them, and the people and groups that rules name', () => {
    const spec = {
      transitions: [
        {
          actions: [{ ruleKey: 'connect:remote-workflow-function', parameters: { appKey: 'com.example.app__function', config: '{}' } }],
          conditions: {
            operation: 'ALL',
            conditions: [],
            conditionGroups: [
              {
                operation: 'ANY',
                conditions: [
                  { ruleKey: 'forge:expression-condition', parameters: { key: forge } },
                  {
                    ruleKey: 'system:restrict-issue-transition',
                    parameters: { accountIds: `allow-reporter,${anna}`, groupIds: 'one,two' },
                  },
                ],
              },
            ],
          },
        },
      ],
    }

    expect(needsOfWorkflow(spec)).toEqual([
      {
        kind: 'app',
        id: 'com.example.app',
        module: 'com.example.app__function',
        link: 'https://marketplace.atlassian.com/plugins/com.example.app',
      },
      { kind: 'app', id: '9df6d15f-1bbe-443e-be08-150309e8dbb0', module: forge },
      { kind: 'account', id: anna },
      { kind: 'group', id: 'one' },
      { kind: 'group', id: 'two' },
    ])
  })

  it('is nothing where its rules are all of Jira and name nobody', () => {
    expect(
      needsOfWorkflow({ transitions: [{ validators: [{ ruleKey: 'system:update-field', parameters: { field: 'summary' } }] }] }),
    ).toEqual([])
    expect(accountsIn({ lead: { accountId: 'nobody' }, note: `talk to ${anna}` })).toEqual([])
  })
})

describe('what a site lacks', () => {
  let simulator: Simulator
  const opened: OpenedSite[] = []
  const open = (name: string) => {
    const site = connect(simulator.site(name))
    opened.push(site)
    return site
  }

  beforeAll(async () => {
    simulator = await startSimulator({ sites: [{ name: 'acme', fill: acme() }, { name: 'fresh' }] })
  })

  afterAll(async () => {
    for (const { jira } of opened) await jira.close()
    await simulator?.stop()
  })

  it('is nothing of what its own documents need; of groups nobody can tell', async () => {
    const needs = needsOf((await captured(open('acme'))).snapshot, catalogue).map(({ need }) => need)

    const lacks = await lacksOf(open('acme').jira, needs)

    expect(new Set(needs.map(({ kind }) => kind))).toEqual(new Set(['app', 'account']))
    expect(lacks).toEqual([])
    const group = { kind: 'group', id: 'one' } as const
    expect(await lacksOf(open('acme').jira, [group])).toEqual([{ need: group, state: 'unknown' }])
  })

  it('are people who are not there or not active, and modules of apps that are not installed', async () => {
    const inactive = simulator.site('fresh').account({ state: 'inactive' })
    const here = simulator.site('fresh').account()
    const account = (id: string) => ({ kind: 'account', id }) as const
    const app = { kind: 'app', id: 'com.example.app', module: 'com.example.app__function' } as const

    const before = await lacksOf(open('fresh').jira, [account(anna), account(inactive.accountId), account(here.accountId), app])
    simulator.site('fresh').state.settings.apps.add(app.module)
    const after = await lacksOf(open('fresh').jira, [app])

    expect(before).toEqual([
      { need: account(anna), state: 'absent' },
      { need: account(inactive.accountId), state: 'inactive' },
      { need: app, state: 'absent' },
    ])
    expect(after).toEqual([])
  })

  it('is a paid plan where it is a free one', async () => {
    const { settings } = simulator.site('fresh').state
    const paid = await licencesOf(open('fresh').jira)
    settings.paid = false
    const free = await licencesOf(open('fresh').jira)

    expect(paid).toContainEqual({ application: 'jira-software', plan: 'PAID' })
    expect(free).toContainEqual({ application: 'jira-software', plan: 'FREE' })
  })
})
