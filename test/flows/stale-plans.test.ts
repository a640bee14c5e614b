// I3: what was approved is what is applied. Each row changes one thing between the plan and the apply.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askCopy, type Written } from '../../src/flows/ask.ts'
import type { Address } from '../../src/model/address.ts'
import type { Code } from '../../src/model/errors.ts'
import { layoutOf, mainBranch, requestBranchOf, requestFileOf, requestFolderOf } from '../../src/repository/layout.ts'
import { generateSigningKey } from '../../src/repository/signing.ts'
import type { StatusRow } from '../../src/simulator/collections/status.ts'
import type { WorkflowRow } from '../../src/simulator/collections/workflow-row.ts'
import { makeStatuses } from '../fixtures/jira/fixture.ts'
import { type ApplyOptions, describedOrders, everythingOn, rowCalled, type Story, story } from './stories/kit.ts'

let tale: Story

beforeAll(async () => {
  tale = await story()
  await describedOrders(tale)
})
afterAll(() => tale?.[Symbol.asyncDispose]())

let count = 0
const nextId = () => {
  count += 1
  return `stale-${count}`
}
const orders: Address = 'jira/workflow/orders'
const restored = () => tale.restore('HEAD~1', [orders], { id: nextId() })
const edited = (description = 'Better') =>
  tale.edit(orders, async (resource) => ({ ...resource, spec: { ...(resource.spec as object), description } }))

/** Changes a row of the site behind everybody's back for the length of `act`. */
async function withRow<T extends { id: string; name: string }>(family: string, name: string, patch: Partial<T>, act: () => Promise<void>) {
  const store = tale.site.state.store<T>(family)
  const before = rowCalled<T>(tale.site, family, name)
  store.change(before.id, patch)
  try {
    await act()
  } finally {
    store.change(before.id, before)
  }
}

async function refused(asked: Pick<Written, 'request'>, code: Code, options?: ApplyOptions, at = tale): Promise<void> {
  const before = everythingOn(at.site)
  at.site.resetCounters()
  await expect(at.apply(asked, options)).rejects.toMatchObject({ code })
  expect(at.site.counters.writes).toBe(0)
  expect(everythingOn(at.site)).toBe(before)
}

/** What each row changes, and how the apply is refused then. */
const rows: readonly (readonly [string, (asked: Written) => Promise<void>])[] = [
  [
    'a word in the text of the request',
    async (asked) => {
      const file = requestFileOf(asked.request.id)
      await tale.put(asked.branch, { [file]: `${tale.whole.git('show', `${asked.branch}:${file}`)}\n# Looks good to me.\n` })
      await refused(asked, 'PLAN_STALE')
    },
  ],
  [
    'the source, to another snapshot of the site',
    async (asked) => {
      await tale.decide(asked, (request) => ({ ...request, source: request.base as NonNullable<typeof request.base> }))
      await refused(asked, 'PLAN_STALE')
    },
  ],
  [
    'the base, to another snapshot of the site',
    async (asked) => {
      await tale.decide(asked, (request) => ({ ...request, base: request.source as NonNullable<typeof request.source> }))
      await refused(asked, 'PLAN_STALE')
    },
  ],
  [
    'what is selected',
    async (asked) => {
      await tale.decide(asked, (request) => ({ ...request, select: [orders, 'jira/screen'] }))
      await refused(asked, 'PLAN_STALE')
    },
  ],
  [
    'a choice',
    async (asked) => {
      await tale.decide(asked, (request) => ({ ...request, choices: { [orders]: 'overwrite' } }))
      await refused(asked, 'PLAN_STALE')
    },
  ],
  [
    'whose account is whose',
    async (asked) => {
      await tale.decide(asked, (request) => ({ ...request, users: { '712020:a': '712020:b' } }))
      await refused(asked, 'PLAN_STALE')
    },
  ],
  [
    'the Jira behind the address of the site',
    async (asked) => {
      const body = { cloudId: '00000000-0000-0000-0000-000000000000' }
      tale.site.faults.add({ path: '/_edge/tenant_info', status: 200, body, times: 99 })
      await refused(asked, 'ACCESS_OTHER_SITE')
      tale.site.faults.clear()
    },
  ],
  ['the version of the tool', async (asked) => refused(asked, 'PLAN_STALE', { more: { tool: 'tidemark 99.0.0' } })],
  ['what policy protects', async (asked) => refused(asked, 'PLAN_STALE', { sources: { protect: ['jira/screen/default-screen'] } })],
  ['the key of the site', async (asked) => refused(asked, 'REQUEST_LIFE', { more: { digestKey: new Uint8Array(32).fill(9) } })],
  [
    'whose signature is trusted',
    async (asked) => refused(asked, 'REPOSITORY_UNTRUSTED', { more: { trusted: [generateSigningKey().publicKey] } }),
  ],
  [
    'the object that a step writes',
    async (asked) =>
      withRow<WorkflowRow>('workflow', 'Orders', { transitions: [] }, async () => {
        await refused(asked, 'PLAN_STALE')
      }),
  ],
  [
    'an object that a step’s document refers to',
    async (asked) =>
      withRow<StatusRow>('status', 'Checked', { description: 'Means something else' }, async () => {
        await refused(asked, 'PLAN_STALE')
      }),
  ],
  [
    'the plan, for that of another request',
    async (asked) => {
      const other = await tale.restore('HEAD~1', ['jira/status', 'jira/workflow'], { id: nextId() })
      await tale.plan(other)
      await tale.put(requestBranchOf(asked.request.id), {
        'plan.json': tale.whole.git('show', `${requestBranchOf(other.request.id)}:plan.json`),
      })
      await refused(asked, 'PLAN_STALE')
    },
  ],
]

describe('I3 a plan is refused with nothing written where somebody changed', () => {
  it.each(rows)('%s', async (_title, change) => {
    const asked = await restored()
    expect((await tale.plan(asked)).steps).toHaveLength(1)
    await change(asked)
  })

  it('a wanted file of an edit, though it says the same in another sealing', async () => {
    const asked = await edited()
    expect((await tale.plan(asked)).steps).toHaveLength(1)
    const { vault } = await tale.whole.open()
    const path = `${requestFolderOf(asked.request.id)}/wanted/${layoutOf([orders]).pathOf(orders)}`
    const resource = await vault.open(tale.whole.git('show', `${asked.branch}:${path}`) as Parameters<typeof vault.open>[0])
    await tale.put(asked.branch, { [path]: await vault.seal(resource, 'all', 'request') })
    await refused(asked, 'PLAN_STALE')
  })

  it('the match table of the two sites', async () => {
    await using sandbox = await story({ name: 'sandbox' })
    await describedOrders(sandbox)
    const select = [orders]
    const asked = await askCopy(await tale.whole.open(), await sandbox.whole.open(), { id: nextId(), select })
    const sources = { site: () => sandbox.whole.open() }
    await tale.plan(asked, sources)
    const decisions = { matches: new Map(), users: new Map([['712020:a', '712020:b']]), groups: new Map(), apart: new Set<string>() }
    await refused(asked, 'PLAN_STALE', { sources: { ...sources, decisions } })
  })
})

/** What may change without anybody looking again. */
const harmless: readonly (readonly [string, (asked: Written) => Promise<void>])[] = [
  ['something else on the branch of the request', async ({ branch }) => tale.put(branch, { 'NOTES.md': 'Looks good to me.\n' })],
  ['something else on main', async () => tale.put(mainBranch, { 'NOTES.md': `Note ${count}.\n` })],
  [
    'the branch it stands on: it was merged',
    async ({ request: { id }, branch }) => {
      const paths = tale.whole.git('ls-tree', '-r', '--name-only', branch, `${requestFolderOf(id)}/`).split('\n')
      const files = paths.map((path) => [path, `${tale.whole.git('show', `${branch}:${path}`)}\n`] as const)
      await tale.put(mainBranch, Object.fromEntries(files))
      tale.whole.git('update-ref', '-d', `refs/heads/${branch}`)
    },
  ],
  [
    'an unrelated object, taken into the backup by night',
    async () => {
      await makeStatuses(tale.admin, [`Of somebody else ${count}`, 'TODO'])
      await tale.night()
    },
  ],
  [
    'an unrelated object that no night has seen',
    async () => {
      await makeStatuses(tale.admin, [`Of nobody ${count}`, 'TODO'])
    },
  ],
]

describe('I3 an approval outlives a change of', () => {
  it.each(harmless)('%s', async (_title, change) => {
    count += 1
    const asked = await edited(`Better ${count}`)
    const { digest } = await tale.plan(asked)
    await change(asked)
    const { plan, result } = await tale.apply(asked)
    expect(plan.digest).toBe(digest)
    expect(result).toMatchObject({ state: 'success', done: 1 })
    expect(rowCalled<WorkflowRow>(tale.site, 'workflow', 'Orders').description).toBe(`Better ${count}`)
  })
})
