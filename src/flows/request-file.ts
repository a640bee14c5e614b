import Type from 'typebox'
import { formOf } from '../lib/form-problems.ts'
import { type Problem, readPlainYaml, writePlainYaml } from '../lib/plain-yaml.ts'
import { isAddress, isPart } from '../model/address.ts'
import { type Code, TidemarkError } from '../model/errors.ts'
import { isGlob } from '../model/glob.ts'
import { isObject, type Json } from '../model/json.ts'
import { type Path, placeIn } from '../model/path.ts'
import { printable } from '../model/printable.ts'
import { isRequestId, type Request } from '../model/request.ts'

const closed = { additionalProperties: false }
const hash = Type.String({ pattern: '^[0-9a-f]{40}$', examples: ['a commit of 40 hexadecimal digits'] })
const pinned = (description: string) => Type.Object({ site: Type.String(), commit: hash, tree: hash }, { ...closed, description })
const texts = (description: string) => Type.Array(Type.String(), { maxItems: 10_000, description })
const undone = Type.Object(
  {
    before: pinned('The snapshot to go back to.'),
    after: pinned('The snapshot that is taken back.'),
    addresses: texts('What became other between them, and is taken back.'),
  },
  closed,
)

/** The form of `requests/<id>/request.yaml`. */
export const requestSchema = Type.Object(
  {
    format: Type.Literal(1, { description: 'Version of this form.' }),
    id: Type.String({ description: 'The name of its folder and its branches.' }),
    kind: Type.Union(
      ['restore', 'undo', 'edit', 'promotion', 'rollback'].map((kind) => Type.Literal(kind)),
      { description: 'Which verb wrote it.' },
    ),
    to: Type.Object(
      { site: Type.String(), cloudId: Type.String({ minLength: 1 }) },
      { ...closed, description: 'The destination. A request is never turned to another site.' },
    ),
    source: Type.Optional(pinned('The snapshot that holds what is wanted. Pinned: not to be edited.')),
    base: Type.Optional(pinned('What the wish was made from: what others changed since then stays. Pinned: not to be edited.')),
    promoted: Type.Optional(
      texts('Of a promotion, what was promoted before as the base has it. Pinned; of the rest each difference is asked.'),
    ),
    undo: Type.Optional(
      Type.Array(undone, { minItems: 1, maxItems: 1000, description: 'Changes to take back, the latest first. Pinned.' }),
    ),
    ask: Type.Optional(texts('Objects that others changed in the same snapshots too: each wants a choice.')),
    select: texts('What is wanted of the source, as patterns: jira/workflow, jira/field/customer-*.'),
    delete: texts('What goes from the destination although the source lacks it, as patterns.'),
    choices: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Decisions by address, as the plan names objects: answers to conflicts, and what is left out.',
    }),
    moves: Type.Optional(
      Type.Record(Type.String(), Type.Record(Type.String(), Type.String()), {
        description:
          'Where work items go whose status goes: by the object that changes, from which status to which. The rest is chosen, and the plan tells how. jira/workflow/support: { jira/status/checked: jira/status/in-progress }',
      }),
    ),
    users: Type.Record(Type.String(), Type.String(), { description: 'Account ids of the source, and whose they are on the destination.' }),
    groups: Type.Record(Type.String(), Type.String(), {
      description: 'Groups of the source, and what they are called on the destination.',
    }),
  },
  closed,
)

const formProblems = formOf(requestSchema)

/** A request as its verb writes it, for people to read and edit. */
export function writeRequest(request: Request): string {
  const { format, id, kind, to, source, base, promoted, undo, ask, select, delete: gone, choices, moves, users, groups } = request
  const pins = {
    ...(source && { source }),
    ...(base && { base }),
    ...(promoted && { promoted }),
    ...(undo && { undo }),
    ...(ask && { ask }),
  }
  const head = '# What shall be applied. Edit select, delete, choices, moves, users and groups; the rest is pinned.\n'
  const said = moves === undefined ? {} : { moves }
  return head + writePlainYaml({ format, id, kind, to, ...pins, select, delete: gone, choices, ...said, users, groups } as unknown as Json)
}

/**
 * Reads a request that people may have edited. `file` is only for messages. Throws one `REQUEST_INVALID` that lists every fault with its line, its
 * place and what is allowed there.
 */
export function readRequest(text: string, file: string): Request {
  const yaml = readPlainYaml(text)
  if (!('lineOf' in yaml)) throw invalid(file, yaml)
  const form = formProblems(yaml)
  if (form.length > 0) throw invalid(file, form)
  const request = yaml.value as unknown as Request
  const problems: Problem[] = []
  const fault = (at: Path, message: string): void => void problems.push({ line: yaml.lineOf(at), at, message })
  if (!isRequestId(request.id)) fault('/id', 'must be small letters, digits and single dashes')
  for (const list of ['select', 'delete'] as const) {
    for (const [index, glob] of request[list].entries()) {
      if (!isGlob(glob)) fault(placeIn(`/${list}`, index), 'must be a pattern such as jira/workflow or jira/field/customer-*')
    }
  }
  if (request.promoted?.some((address) => !isAddress(address))) fault('/promoted', 'must be addresses such as jira/project/support')
  for (const address of [...(request.ask ?? []), ...(request.undo ?? []).flatMap(({ addresses }) => addresses)]) {
    if (!isAddress(address)) fault(request.ask?.includes(address) ? '/ask' : '/undo', 'must be addresses such as jira/project/support')
  }
  for (const [address, choice] of Object.entries(request.choices as unknown as Record<string, Json>)) {
    const at = placeIn('/choices', address)
    if (!isAddress(address)) fault(at, 'must be an address such as jira/project/support')
    if (!isChoice(choice)) fault(at, 'must be one of overwrite, keep, skip, delete, disable, { use: <address> } or { rename: <name> }')
  }
  for (const [address, moves] of Object.entries(request.moves ?? {})) {
    const at = placeIn('/moves', address)
    for (const named of [address, ...Object.entries(moves).flat()]) {
      if (!isAddress(named) || isPart(named))
        fault(at, 'must be addresses: jira/workflow/support: { jira/status/checked: jira/status/done }')
    }
  }
  const wrong = wrongPins(request)
  if (wrong !== undefined) fault('/kind', wrong)
  if (problems.length > 0) throw invalid(file, problems)
  return request
}

/** What each kind of request is made from. */
function wrongPins({ kind, to, source, base, undo }: Request): string | undefined {
  if (kind === 'undo' || kind === 'rollback')
    return undo === undefined || source !== undefined ? `${kind} takes back what undo names` : undefined
  if (undo !== undefined) return `${kind} takes nothing back: undo belongs to an undo or a rollback`
  if (kind === 'edit')
    return source !== undefined || base === undefined ? 'an edit has a base, and its wanted resources beside it' : undefined
  if (source === undefined) return `a ${kind} has a source`
  return kind === 'promotion' && source.site === to.site ? 'a promotion comes from another site' : undefined
}

function isChoice(choice: Json): boolean {
  if (typeof choice === 'string') return ['overwrite', 'keep', 'skip', 'delete', 'disable'].includes(choice)
  if (!isObject(choice) || Object.keys(choice).length !== 1) return false
  const { use, rename } = choice
  return (typeof use === 'string' && isAddress(use)) || (typeof rename === 'string' && rename.trim() !== '' && rename.length <= 255)
}

function invalid(file: string, problems: readonly Problem[]): TidemarkError {
  const count = problems.length === 1 ? 'a fault' : `${problems.length} faults`
  return placed('REQUEST_INVALID', `The request has ${count}.`, file, problems)
}

/** An error about places of a request that can be read, with their lines. */
export function placedInRequest(
  code: Code,
  what: string,
  text: string,
  file: string,
  faults: readonly { readonly at: Path; readonly message: string }[],
): TidemarkError {
  const yaml = readPlainYaml(text)
  const lineOf = 'lineOf' in yaml ? yaml.lineOf : () => 1
  const problems = faults.map(({ at, message }) => ({ line: lineOf(at), at, message }))
  return placed(code, `The request ${what}.`, file, problems)
}

function placed(code: Code, message: string, file: string, problems: readonly Problem[]): TidemarkError {
  const lines = problems.map(({ line, at, message: why }) => `${file}:${line}: ${at === '' ? '' : `${printable(at, 200)}: `}${why}`)
  return new TidemarkError(code, [message, ...lines].join('\n'), {
    cure: 'Correct it on its branch, commit, and plan again.',
    data: { file, problems: problems.slice(0, 50).map(({ line, at, message: why }) => ({ line, at: printable(at, 200), message: why })) },
  })
}
