// Bad input on the way from a wish to an apply: each is refused with its own code, and nothing is written anywhere.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/output.ts'
import { askCopy } from '../../src/flows/ask.ts'
import { askEdit, type Editor } from '../../src/flows/ask-edit.ts'
import type { Address } from '../../src/model/address.ts'
import type { Code } from '../../src/model/errors.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Pin, Request } from '../../src/model/request.ts'
import type { Resource } from '../../src/model/resource.ts'
import { requestBranchOf, requestFileOf, requestFolderOf, reviewBranchOf } from '../../src/repository/layout.ts'
import { openRepository } from '../../src/repository/open.ts'
import type { CommitId, Repository } from '../../src/repository/repository.ts'
import { generateSigningKey, readSigningKey } from '../../src/repository/signing.ts'
import { describedOrders, everythingOn, type Story, story } from './stories/kit.ts'

let tale: Story
let earlier: CommitId

async function begun(): Promise<Story> {
  const made = await story()
  await describedOrders(made)
  return made
}

beforeAll(async () => {
  tale = await begun()
  earlier = await tale.whole.repository.resolve('HEAD~1', tale.whole.branch)
})
afterAll(() => tale?.[Symbol.asyncDispose]())

/** Fails unless `act` is refused with this code, its exit code and a cure, and neither the site nor a branch of the tool has moved. */
async function refuses(act: () => Promise<unknown>, code: Code, exit: number, at = tale): Promise<void> {
  const branches = () => at.whole.git('for-each-ref', 'refs/heads')
  const before = [everythingOn(at.site), branches()]
  at.site.resetCounters()
  await expect(act()).rejects.toMatchObject({ code })
  expect(exitCodeOf(code)).toBe(exit)
  expect(at.site.counters.writes).toBe(0)
  expect([everythingOn(at.site), branches()]).toEqual(before)
}

let count = 0
function ask(): ReturnType<Story['restore']> {
  count += 1
  return tale.restore('HEAD~1', ['jira/workflow/orders'], { id: `bad-input-${count}` })
}

async function stranger(): Promise<Repository> {
  const signingKey = readSigningKey(generateSigningKey().privateKey)
  return openRepository({ path: tale.whole.repository.gitDir, clock: tale.whole.clock, signingKey })
}

const textOf = (id: string) => tale.whole.git('show', `${reviewBranchOf(id)}:${requestFileOf(id)}`)

describe('a request that was edited by hand', () => {
  /** A signed snapshot of the site that stands on no branch of it. */
  async function elsewhere(): Promise<Pin> {
    const { repository, branch } = tale.whole
    const draft = { branch, parent: earlier, changes: [], message: 'elsewhere', allowEmpty: true }
    const commit = (await repository.prepare(draft)) as CommitId
    return { site: 'acme', commit, tree: await repository.treeOf(commit) }
  }
  const pins: readonly (readonly [string, (request: Request) => Promise<Partial<Request>>, Code])[] = [
    ['to a snapshot that is on no branch of the site', async () => ({ source: await elsewhere() }), 'REQUEST_PIN'],
    ['to a base that is on no branch of the site', async () => ({ base: await elsewhere() }), 'REQUEST_PIN'],
    [
      'to a commit of another repository',
      async ({ source }) => ({ source: { ...(source as Pin), commit: 'a'.repeat(40) } }),
      'REQUEST_PIN',
    ],
    ['to another tree', async ({ source }) => ({ source: { ...(source as Pin), tree: 'b'.repeat(40) } }), 'REQUEST_PIN'],
    ['to another site', async ({ to }) => ({ to: { ...to, site: 'other' } }), 'REQUEST_ANOTHER_SITE'],
    ['to another Jira', async ({ to }) => ({ to: { ...to, cloudId: '00000000-0000-0000-0000-000000000000' } }), 'REQUEST_ANOTHER_SITE'],
    ['to select nothing', async () => ({ select: ['jira/workflow/never-was'] }), 'REQUEST_NOTHING_SELECTED'],
  ]
  it.each(pins)('%s', async (_title, change, code) => {
    const asked = await ask()
    await tale.plan(asked)
    const edited = await change(asked.request)
    await tale.decide(asked, (request) => ({ ...request, ...edited }))
    await refuses(() => tale.plan(asked), code, 3)
    await refuses(() => tale.apply(asked), code, 3)
  })

  const texts: readonly (readonly [string, (text: string) => string])[] = [
    ['for another version of the tool', (text) => text.replace('format: 1', 'format: 2')],
    ['into an undo', (text) => text.replace('kind: restore', 'kind: undo')],
    ['into a promotion of a site to itself', (text) => text.replace('kind: restore', 'kind: promotion')],
    ['into an edit', (text) => text.replace('kind: restore', 'kind: edit')],
    ['into another request', (text) => text.replace(/id: bad-input-\d+/, 'id: another')],
    ['with a word that no request has', (text) => `${text}approved: true\n`],
    ['with a choice that there is none of', (text) => text.replace('choices: {}', 'choices: { jira/workflow/orders: force }')],
    ['until it is no YAML', (text) => `${text}  - [\n`],
  ]
  it.each(texts)('%s', async (_title, change) => {
    const asked = await ask()
    await tale.plan(asked)
    const { id } = asked.request
    const text = change(textOf(id))
    expect(text).not.toBe(textOf(id))
    await tale.put(reviewBranchOf(id), { [requestFileOf(id)]: text })
    await refuses(() => tale.apply(asked), 'REQUEST_INVALID', 3)
  })
})

describe('a plan that is not the one that was made', () => {
  const planOf = (id: string) => JSON.parse(tale.whole.git('show', `${requestBranchOf(id)}:plan.json`))

  it('since it was edited by somebody who may push, but not sign', async () => {
    const asked = await ask()
    const { id } = asked.request
    await tale.plan(asked)
    const edited = JSON.stringify({ ...planOf(id), steps: [] })
    await tale.put(requestBranchOf(id), { 'plan.json': edited }, await stranger())
    await refuses(() => tale.apply(asked), 'REPOSITORY_UNTRUSTED', 1)
  })

  it('since it was edited and signed, while its digest is keyed', async () => {
    const asked = await ask()
    const { id } = asked.request
    await tale.plan(asked)
    await tale.put(requestBranchOf(id), { 'plan.json': JSON.stringify({ ...planOf(id), steps: [] }) })
    await refuses(() => tale.apply(asked), 'REQUEST_LIFE', 3)
  })

  it.each([
    ['of another version', '{"format":2}'],
    ['no JSON', '{'],
  ])('since it is %s', async (_title, text) => {
    const asked = await ask()
    await tale.plan(asked)
    await tale.put(requestBranchOf(asked.request.id), { 'plan.json': text })
    await refuses(() => tale.apply(asked), 'REQUEST_LIFE', 3)
  })

  it('since none was made, or it was applied already', async () => {
    await using other = await begun()
    const asked = await other.restore('HEAD~1', ['jira/workflow/orders'])
    await refuses(() => other.apply(asked), 'REQUEST_NO_PLAN', 3, other)
    await other.plan(asked)
    expect((await other.apply(asked)).result).toMatchObject({ state: 'success', done: 1 })
    await refuses(() => other.apply(asked), 'REQUEST_APPLIED', 3, other)
  })
})

describe('what asks for nothing', () => {
  it('is refused before a request is written', async () => {
    await refuses(() => tale.restore('HEAD~1', ['jira/workflow/never-was']), 'REQUEST_NOTHING_SELECTED', 3)
    await refuses(() => tale.restore('HEAD~1', ['Jira Workflow']), 'USAGE_PATTERN', 3)
    await refuses(() => tale.restore('HEAD', ['**']), 'REQUEST_SAME', 3)
    await refuses(() => tale.undo('HEAD', { select: ['jira/screen'] }), 'REQUEST_NOTHING_SELECTED', 3)
    await refuses(() => tale.edit('jira/workflow/orders', async (resource) => resource), 'REQUEST_SAME', 3)
    const deps = await tale.whole.open()
    await refuses(() => askCopy(deps, deps, { select: ['**'] }), 'REQUEST_SAME', 3)
  })

  it('as does a range of snapshots that is none', async () => {
    const head = (await tale.whole.repository.head(tale.whole.branch)) as CommitId
    await refuses(() => tale.undo(earlier, { from: head }), 'REQUEST_RANGE', 3)
    await refuses(() => tale.undo('HEAD', { from: head }), 'REQUEST_RANGE', 3)
    await refuses(() => tale.undo(earlier), 'REQUEST_FIRST_SNAPSHOT', 3)
  })
})

describe('a snapshot that nobody vouches for', () => {
  it('is not restored, though a signed one stands above it', async () => {
    await using other = await begun()
    const { repository, branch, git } = other.whole
    const head = (await repository.head(branch)) as CommitId
    const unsigned = git('commit-tree', '-p', head, '-m', 'by hand', `${head}^{tree}`) as CommitId
    const above = (await repository.prepare({
      branch,
      parent: unsigned,
      changes: [{ path: 'site.yaml', text: await siteText(other) }],
      message: 'above',
      allowEmpty: true,
    })) as CommitId
    await repository.publish([{ branch, expected: head, commit: above }])
    await refuses(() => other.restore(unsigned, ['jira/workflow/orders']), 'REPOSITORY_UNTRUSTED', 1, other)
  })

  it('is not restored where somebody else signed it', async () => {
    await using other = await begun()
    const { repository, branch, clock } = other.whole
    const signingKey = readSigningKey(generateSigningKey().privateKey)
    const theirs = await openRepository({ path: repository.gitDir, clock, signingKey })
    const asked = await other.restore('HEAD~1', ['jira/workflow/orders'])
    await other.plan(asked)
    const head = (await repository.head(branch)) as CommitId
    const commit = (await theirs.prepare({ branch, parent: head, changes: [], message: 'theirs', allowEmpty: true })) as CommitId
    await theirs.publish([{ branch, expected: head, commit }])
    await refuses(() => other.restore('HEAD~2', ['jira/workflow/orders']), 'REPOSITORY_UNTRUSTED', 1, other)
    await refuses(() => other.plan(asked), 'REPOSITORY_UNTRUSTED', 1, other)
    await refuses(() => other.apply(asked), 'REPOSITORY_UNTRUSTED', 1, other)
  })

  const siteText = async ({ whole }: Story) => whole.git('show', `${whole.branch}:site.yaml`)
})

describe('an edit', () => {
  const ruled = ({ transitions }: Record<string, unknown>, rule: JsonObject) => {
    const [first, ...others] = transitions as readonly JsonObject[]
    const conditions = { operation: 'ALL', conditions: [rule], conditionGroups: [] }
    const more = { validators: [rule], actions: [rule], transitionScreen: rule, conditions, customIssueEventId: null }
    return { transitions: [{ ...first, ...more }, ...others] }
  }

  it.each([
    ['without what every object of its type has', ({ name, ...rest }: Record<string, unknown>) => ({ ...rest, nmae: name })],
    ['with a property that its type has not', (spec: Record<string, unknown>) => ({ ...spec, descripton: 'Orders' })],
    ['with a slip in a rule', (spec: Record<string, unknown>) => ({ ...spec, ...ruled(spec, { ruleKey: 'system:x', paramters: {} }) })],
    ['with another kind of value', (spec: Record<string, unknown>) => ({ ...spec, name: ['Orders'] })],
    [
      'with one transition for all of them',
      (spec: Record<string, unknown>) => ({ ...spec, transitions: 'jira/workflow/orders#transition/go' }),
    ],
  ])('is refused %s', async (_, slip) => {
    const edit = () => tale.edit('jira/workflow/orders', async (resource) => ({ ...resource, spec: slip(resource.spec as never) as never }))
    await refuses(edit, 'REQUEST_EDIT', 3)
  })

  it('may add a rule with parameters of any name, and whatever else a workflow may have', async () => {
    await tale.edit('jira/workflow/orders', async ({ address, spec }) => {
      const parameters = { appKey: 'com.example', config: '{}', anything: 'x' }
      return { address, spec: { ...(spec as object), ...ruled(spec as never, { ruleKey: 'connect:expression', parameters }) } }
    })
  })

  it('tells the editor what would be refused, so that it can be mended there', async () => {
    const slips: readonly ((resource: Resource) => Resource)[] = [
      (resource) => ({ ...resource, address: 'jira/workflow/another' }),
      ({ address, spec }) => ({ address, spec: { ...(spec as object), statuses: 'jira/status/taken' } }),
      ({ address, spec }) => ({ address, spec: { ...(spec as object), statuses: [{ statusReference: 'jira/status/nowhere' }] } }),
    ]
    const faults: unknown[] = []
    await tale.edit('jira/workflow/orders', async (resource, check) => {
      for (const slip of slips) {
        try {
          check(slip(resource))
        } catch (error) {
          faults.push(error)
        }
      }
      return { ...resource, spec: { ...(resource.spec as object), description: 'Mended' } }
    })
    expect(faults).toEqual(
      ['says that it is jira/workflow/another', '/statuses', 'refers to jira/status/nowhere'].map((words) =>
        expect.objectContaining({ code: 'REQUEST_EDIT', message: expect.stringContaining(words) }),
      ),
    )
  })

  it('opens no editor where one of its objects is not there', async () => {
    const opened: Address[] = []
    const keep: Editor = async (resource) => {
      opened.push(resource.address)
      return resource
    }
    const addresses: readonly Address[] = ['jira/workflow/orders', 'jira/workflow/nowhere']
    await refuses(async () => askEdit(await tale.whole.open(), addresses, keep), 'REPOSITORY_NO_SUCH_OBJECT', 1)
    expect(opened).toEqual([])
  })

  it('may refer to a part that another object of it gets after that, and to none that it does not get', async () => {
    const [first, second] = ['jira/workflow/orders', 'jira/workflow/jira'] as const
    const rejected = (to: string) => ({ approvalConfiguration: { transitionRejected: to } })
    const asked = async (to: string) =>
      askEdit(await tale.whole.open(), [first, second], async ({ address, spec }) => {
        const { statuses, transitions } = spec as unknown as {
          readonly statuses: readonly JsonObject[]
          readonly transitions: readonly JsonObject[]
        }
        if (address === first)
          return { address, spec: { ...(spec as JsonObject), statuses: statuses.map((one) => ({ ...one, ...rejected(to) })) } }
        const more = { id: `${second}#transition/back`, name: 'Back', type: 'GLOBAL', toStatusReference: 'jira/status/taken' }
        return { address, spec: { ...(spec as JsonObject), transitions: [...transitions, more] } }
      })
    await refuses(() => asked(`${second}#transition/forth`), 'REQUEST_EDIT', 3)
    await asked(`${second}#transition/back`)
  })

  it('is told how a new part is called where one has no address', async () => {
    const edit = tale.edit('jira/workflow/orders', async (resource) => {
      const spec = resource.spec as { readonly transitions: readonly { readonly id: string }[] }
      const [{ id: _none, ...more } = { id: '' }] = spec.transitions
      return { ...resource, spec: { ...spec, transitions: [...spec.transitions, more] } as never }
    })
    await expect(edit).rejects.toMatchObject({
      code: 'REQUEST_EDIT',
      cure: expect.stringContaining('id: jira/workflow/orders#transition/<a word>'),
    })
  })
})

describe('a wanted file of an edit', () => {
  async function edited(): Promise<{ readonly id: string; readonly files: ReadonlyMap<string, string> }> {
    const { request } = await tale.edit('jira/workflow/orders', async (resource) => ({
      ...resource,
      spec: { ...(resource.spec as object), description: 'Better' },
    }))
    const branch = reviewBranchOf(request.id)
    const paths = tale.whole.git('ls-tree', '-r', '--name-only', branch, `${requestFolderOf(request.id)}/wanted/`).split('\n')
    return { id: request.id, files: new Map(paths.map((path) => [path, tale.whole.git('show', `${branch}:${path}`)])) }
  }
  const wantedAt = (id: string, path: string) => `${requestFolderOf(id)}/wanted/${path}`

  it('is opened only where it belongs', async () => {
    const { id, files } = await edited()
    const text = files.get(wantedAt(id, 'jira/workflow/orders.yaml')) ?? ''
    expect(text).toContain('sops:')
    await tale.put(reviewBranchOf(id), { [wantedAt(id, 'jira/workflow/another.yaml')]: text })
    await refuses(() => tale.plan({ request: { id } as Request }), 'REQUEST_EDIT', 3)
  })

  it('is opened only with the keys of its own site', async () => {
    await using other = await begun()
    const { request } = await other.edit('jira/workflow/orders', async (resource) => ({
      ...resource,
      spec: { ...(resource.spec as object), description: 'Of another site' },
    }))
    const theirs = other.whole.git('show', `${reviewBranchOf(request.id)}:${wantedAt(request.id, 'jira/workflow/orders.yaml')}`)
    const { id } = await edited()
    await tale.put(reviewBranchOf(id), { [wantedAt(id, 'jira/workflow/orders.yaml')]: theirs })
    await refuses(() => tale.plan({ request: { id } as Request }), 'VAULT_NO_IDENTITY', 4)
  })

  it('is not taken in plain text, nor changed after it was sealed', async () => {
    const { id, files } = await edited()
    const path = wantedAt(id, 'jira/workflow/orders.yaml')
    const sealed = files.get(path) ?? ''
    await tale.put(reviewBranchOf(id), { [path]: 'address: jira/workflow/orders\nspec:\n  name: Orders\n' })
    await refuses(() => tale.plan({ request: { id } as Request }), 'VAULT_NOT_ENCRYPTED', 1)
    await tale.put(reviewBranchOf(id), {
      [path]: sealed.replace(/(name: ENC\[AES256_GCM,data:)(.)/, (_all, before, one) => `${before}${one === 'A' ? 'B' : 'A'}`),
    })
    await refuses(() => tale.plan({ request: { id } as Request }), 'VAULT_TAMPERED', 1)
  })
})
