import { type Address, isPart, ownerOf, type TypeName, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Path } from '../model/path.ts'
import type { Plan, Verb } from '../model/plan.ts'
import { isAppliedFirst, type RequestKind } from '../model/request.ts'
import type { Catalogue } from '../model/resource-type.ts'
import type { State } from './states.ts'
import type { Values } from './values.ts'

/** A snapshot that a plan was made from, as people name it. */
export interface Origin {
  readonly site: string
  readonly commit: string
  /** RFC 3339; absent where the commit does not tell. */
  readonly at?: string
}

/** What a reader of a plan is told beside the plan itself. */
export interface PlanSetting {
  readonly request: { readonly id: string; readonly kind: RequestKind; readonly branch: string }
  /** The destination's base URL. */
  readonly url: string
  /** What is wanted comes from there; for what is taken back, from before each of these changes. */
  readonly sources: readonly Origin[]
  readonly base?: Origin
  readonly states: ReadonlyMap<Address, State>
  readonly catalogue: Catalogue
  /** The command that shows key holders what is wanted of an object; undefined where there is none. */
  readonly shows: (address: Address) => string | undefined
  /** Values before and after, where comments may hold them. */
  readonly values?: readonly Values[]
  /** Where it goes on: by the command line unless said otherwise, on the pull request that shows this plan, or on one that does not show it yet. */
  readonly goesOn?: 'pull request' | 'unshown'
}

/** What a person reads of a plan, in order. Addresses, places and digests, never values. */
export interface PlanReport {
  readonly site: string
  readonly request: string
  /** What the plan is of and made from: a name, and what it is. */
  readonly head: readonly (readonly [name: string, value: string])[]
  readonly summary: string
  readonly groups: readonly Group[]
  readonly conflicts: readonly Finding[]
  /** Answers to the conflicts, to be put into the request: one line of YAML each. */
  readonly choices: readonly string[]
  readonly access: readonly Finding[]
  readonly large: readonly Finding[]
  /** Work items that go elsewhere. */
  readonly moves: readonly Finding[]
  /** Where they go, to be put into the request in place of its moves and edited there. */
  readonly movesSaid: readonly MovesToSay[]
  readonly manual: readonly ManualStep[]
  readonly lost: readonly Finding[]
  /** All that stands nowhere else, worst first. */
  readonly findings: readonly Finding[]
  /** Values before and after, for readers who may see them; absent where comments hold none. Declared secrets stand as labels. */
  readonly values?: readonly Values[]
  /** What is next: a sentence, and what to type, into a terminal or a comment, where that does it. */
  readonly next: readonly [sentence: string, typed?: string]
  /** The command that tells all of it, for where there is no room. */
  readonly tellsAll: string
}

/** What will happen to the objects of one type. */
export interface Group {
  readonly type: TypeName
  /** In Jira's present words. */
  readonly title: string
  readonly lines: readonly Line[]
  /** How many more objects were asked for and are as they shall be. */
  readonly alike: number
}

export interface Line {
  readonly action: Action
  readonly address: Address
  readonly places: readonly Path[]
  readonly state?: State
  readonly why?: string
}

/** Where the work items of one object go: a line of YAML each, below its address. */
export interface MovesToSay {
  readonly address: Address
  readonly lines: readonly string[]
}

export interface ManualStep {
  readonly address: Address
  readonly title: string
  readonly link: string
  readonly places: readonly Path[]
  readonly why?: string
  /** Shows the values to whoever holds a key. */
  readonly shows?: string
}

const actions = {
  create: 'will create',
  update: 'will change',
  revive: 'will restore from trash',
  repair: 'will repair',
  delete: 'will delete',
  manual: 'manual',
} as const satisfies Record<Verb, string>

/** Stands above `PlanReport.movesSaid`. */
export const movesHead = 'Where they go, to put into the request in place of its moves; edit the statuses on the right'

/** What happens to an object, in the words that administrators know. */
export type Action = (typeof actions)[Verb] | 'nothing'

const conflicting: ReadonlySet<string> = new Set(['PLAN_COLLISION', 'PLAN_SHARED', 'REFERENCE_AMBIGUOUS'])

/** Puts a plan in the order in which a person reads it. Every step stands in exactly one group, every finding in exactly one place. */
export function reportOf(plan: Plan, setting: PlanSetting): PlanReport {
  const { findings } = plan
  const of = (...codes: readonly string[]) => findings.filter(({ code }) => codes.includes(code))
  const asked = findings.filter(({ code }) => conflicting.has(code))
  const moves = findings.filter(({ move }) => move !== undefined)
  const elsewhere = new Set([...conflicting, 'PLAN_ACCESS', 'PLAN_LARGE'])
  return {
    site: plan.site,
    request: setting.request.id,
    head: headOf(plan, setting),
    summary: summaryOf(plan),
    groups: groupsOf(plan, setting),
    conflicts: asked.map(withoutAnswer),
    choices: asked.flatMap(choiceFor),
    access: of('PLAN_ACCESS'),
    large: of('PLAN_LARGE'),
    moves: moves.map(({ cure: _repeated, ...rest }) => rest),
    movesSaid: movesToSay(moves),
    manual: manualStepsOf(plan, setting),
    lost: plan.lost,
    findings: findings.filter(({ code, move }) => !elsewhere.has(code) && move === undefined),
    ...(setting.values === undefined ? {} : { values: setting.values }),
    next: nextOf(plan, setting),
    tellsAll: `tidemark plan ${setting.request.id} --site ${plan.site}`,
  }
}

function headOf(plan: Plan, { request, url, sources, base }: PlanSetting): PlanReport['head'] {
  const taken = request.kind === 'undo' || request.kind === 'rollback'
  return [
    ['site', `${plan.site}, ${url}, cloudId ${plan.cloudId}`],
    ['request', `${request.id}, ${request.kind}, on ${request.branch}`],
    ...(sources.length === 0
      ? ([['source', 'what stands beside the request']] as const)
      : sources.map((source) => [taken ? 'back to' : 'source', originAsText(source)] as const)),
    ['base', base === undefined ? (taken ? 'what is taken back' : 'none: every difference counts') : originAsText(base)],
    ['plan', plan.digest],
    ['made by', plan.tool],
  ]
}

function originAsText({ site, commit, at }: Origin): string {
  return `${site} at ${commit.slice(0, 12)}${at === undefined ? '' : `, ${at.slice(0, 16).replace('T', ' ')}Z`}`
}

/** `3 steps: 1 will create, 2 will change.`, and whether anything stands in the way. */
function summaryOf({ steps, findings }: Plan): string {
  const errors = findings.filter(({ level }) => level === 'error').length
  const stopped = errors === 0 ? '' : ` Not to be applied as it is: ${counted(errors, 'thing')} to settle first.`
  if (steps.length === 0) return `Nothing to do.${stopped}`
  return `${counted(steps.length, 'step')}: ${countsOf(steps.map(({ verb }) => actions[verb]))}.${stopped}`
}

/** `1 will create, 2 will change`: how often each action occurs, in the order of the words. */
export function countsOf(of: readonly Action[]): string {
  const told = [...Object.values(actions), 'nothing' as const].flatMap((action) => {
    const count = of.filter((one) => one === action).length
    return count === 0 ? [] : [`${count} ${action}`]
  })
  return told.join(', ')
}

function groupsOf({ steps, findings }: Plan, { states, catalogue }: PlanSetting): readonly Group[] {
  const lines = steps.map(({ verb, address, paths, why }): Line => {
    const state = states.get(address)
    // All of what is made or goes: where it stands says nothing.
    const whole = verb === 'create' || verb === 'delete'
    return {
      action: actions[verb],
      address,
      places: whole ? [] : paths,
      ...(state === undefined ? {} : { state }),
      ...(why === undefined ? {} : { why }),
    }
  })
  const acted = new Set(steps.map(({ address }) => address))
  const kept = [...states].filter(([address]) => !acted.has(address))
  const reasons = new Map(
    findings.flatMap(({ code, address }) => {
      const reason = reasonOf(code)
      return address === undefined || reason === undefined ? [] : [[ownerOf(address), reason] as const]
    }),
  )
  for (const [address, state] of kept) {
    if (state === 'no change') continue
    lines.push({ action: 'nothing', address, places: [], state, why: reasons.get(address) ?? whyItStays(state) })
  }
  const byType = Map.groupBy(lines, ({ address }) => typeOf(address))
  const alike = Map.groupBy(
    kept.filter(([, state]) => state === 'no change'),
    ([address]) => typeOf(address),
  )
  const known = catalogue.types.map(({ name }) => name)
  const others = [...byType.keys()].filter((name) => !known.includes(name)).sort()
  return [...known, ...others].flatMap((type) => {
    const own = byType.get(type) ?? []
    const same = alike.get(type)?.length ?? 0
    if (own.length + same === 0) return []
    return [{ type, title: catalogue.type(type)?.title ?? type, lines: own, alike: same }]
  })
}

/** What a finding tells of why its object stays as it is. */
function reasonOf(code: string): string | undefined {
  if (conflicting.has(code)) return 'In conflict, see below.'
  if (code === 'PLAN_KEPT') return 'Kept, as was chosen.'
  if (code === 'PLAN_PROTECTED') return 'Protected by policy.'
  if (code === 'PLAN_NOT_OURS') return 'Belongs to Jira or to an app.'
  return code === 'PLAN_UNREADABLE' ? 'Could not be read.' : undefined
}

function whyItStays(state: State): string {
  if (state === 'created' || state === 'not present on source') return 'Stays: the request does not name it for deletion.'
  return "Stays: left out by the request, the destination's own, or changed there since."
}

/** The finding without the cure that the answers to paste repeat. */
function withoutAnswer(finding: Finding): Finding {
  const { cure: _repeated, ...rest } = finding
  return finding.candidates === undefined ? rest : finding
}

function choiceFor({ code, address, candidates = [] }: Finding): readonly string[] {
  if (address === undefined) return []
  const key = isPart(address) ? `"${address}"` : address
  if (code === 'PLAN_COLLISION') return [`${key}: keep  # or overwrite`]
  if (code === 'PLAN_SHARED') return [`${key}: skip  # or overwrite`]
  const [first, ...others] = candidates
  if (first === undefined) return [`${key}: skip`]
  const or = others.map((other) => `{ use: ${quoted(other)} }`)
  return [`${key}: { use: ${quoted(first)} }  # or ${[...or, 'skip'].join(', or ')}`]
}

function movesToSay(moves: readonly Finding[]): readonly MovesToSay[] {
  const said = moves.flatMap(({ address, move }) => (address === undefined || move === undefined ? [] : [{ address, ...move }]))
  return [...Map.groupBy(said, ({ address }) => address)].map(([address, own]) => ({
    address,
    lines: [...Map.groupBy(own, ({ from }) => from)].map(([from, ends]) => {
      // Of several work types, each may have another workflow; what one of them does not offer is chosen for it as before.
      const [to, ...others] = new Set(ends.map((end) => end.to))
      return `${from}: ${to}${others.length === 0 ? '' : `  # some to ${others.join(', ')}`}`
    }),
  }))
}

function quoted(address: Address): string {
  return isPart(address) ? `"${address}"` : address
}

/** What a plan leaves to people: where to click, and at which places. */
export function manualStepsOf(
  { steps }: Pick<Plan, 'steps'>,
  { catalogue, url, shows }: Pick<PlanSetting, 'catalogue' | 'url' | 'shows'>,
): readonly ManualStep[] {
  return steps.flatMap(({ verb, address, paths, why }) => {
    if (verb !== 'manual') return []
    const type = catalogue.type(typeOf(address))
    const command = shows(address)
    return [
      {
        address,
        title: type?.title ?? typeOf(address),
        link: `${url.replace(/\/+$/, '')}${type?.page ?? '/'}`,
        places: paths,
        ...(why === undefined ? {} : { why }),
        ...(command === undefined ? {} : { shows: command }),
      },
    ]
  })
}

function nextOf({ site, digest, steps, findings }: Plan, { request, goesOn }: PlanSetting): PlanReport['next'] {
  if (findings.some(({ level }) => level === 'error')) {
    const settle = `Next: settle what stands in the way (answers go into requests/${request.id}/request.yaml on ${request.branch})`
    if (goesOn !== undefined) return [`${settle}; it is planned anew then.`]
    return [`${settle}, then:`, `tidemark plan ${request.id} --site ${site}`]
  }
  if (steps.length === 0) return ['Nothing to do: the site is as the request wants it.']
  if (goesOn === undefined) return ['Next:', `tidemark apply ${request.id} --site ${site}`]
  if (goesOn === 'unshown') return ['Next: have it shown on its pull request, to be approved there, by the comment', '/plan']
  if (!isAppliedFirst(request.kind)) return ['Next: have this plan approved, then merge: merging applies it.']
  return [
    'Next: have this plan approved; one of the approvers then has it applied, before it is merged, by the comment',
    `/apply ${digest.slice(0, 12)}`,
  ]
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
