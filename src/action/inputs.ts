import { millisecondsIn } from '../lib/duration.ts'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { type Environment, repositoryId } from './environment.ts'

export const commandNames = ['backup', 'check', 'plan', 'apply', 'comment', 'request', 'drift', 'drill', 'reconcile', 'status'] as const

export type CommandName = (typeof commandNames)[number]

/** The inputs of action.yml, read and checked. */
export interface Inputs {
  readonly command: CommandName
  /** Undefined: every site that the settings name. */
  readonly site: string | undefined
  readonly request: string | undefined
  readonly pullRequest: number | undefined
  readonly comment: number | undefined
  readonly kind: string | undefined
  readonly from: string | undefined
  readonly select: readonly string[]
  readonly id: string | undefined
  readonly token: string | undefined
  /** `repositoryId`: the repository of this job, unless the command looks at another one. */
  readonly app: { readonly id: string; readonly privateKey: string; readonly repositoryId?: number } | undefined
  readonly failOnPartial: boolean
  /** In milliseconds. */
  readonly maxAge: number
  /** A day, or how long ago it was. */
  readonly since: string
  readonly acceptRemovals: readonly string[]
  readonly workingDirectory: string
}

/** Reads the inputs as the runner hands them over, `INPUT_` and the name in capitals. Throws `USAGE_INPUT`, `USAGE_DURATION`. */
export function inputsIn(environment: Environment): Inputs {
  const text = (name: string): string | undefined => environment[`INPUT_${name.toUpperCase()}`]?.trim() || undefined
  const command = commandNames.find((name) => name === text('command'))
  if (command === undefined) throw wrong('command', `one of ${commandNames.join(', ')}`, text('command'))
  return {
    command,
    site: text('site'),
    request: text('request'),
    pullRequest: numberIn('pull-request', text('pull-request')),
    comment: numberIn('comment', text('comment')),
    kind: text('kind'),
    from: text('from'),
    select: wordsIn(text('select')),
    id: text('id'),
    token: text('token'),
    // The dead man's switch runs elsewhere than the backup.
    app: appIn(text('app-id'), text('private-key'), command === 'status' ? undefined : repositoryId(environment)),
    failOnPartial: truthIn('fail-on-partial', text('fail-on-partial')),
    maxAge: millisecondsIn(text('max-age') ?? '26h', 'The input max-age'),
    since: text('since') ?? '7d',
    acceptRemovals: wordsIn(text('accept-removals')),
    workingDirectory: text('working-directory') ?? '.',
  }
}

/** Words between spaces, commas or line breaks. */
export function wordsIn(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => word !== '')
}

function numberIn(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9][0-9]{0,15}$/.test(text)) return Number(text)
  throw wrong(name, 'a number', text)
}

function truthIn(name: string, text: string | undefined): boolean {
  if (text === undefined || /^false$/i.test(text)) return false
  if (/^true$/i.test(text)) return true
  throw wrong(name, 'true or false', text)
}

function appIn(id: string | undefined, privateKey: string | undefined, repository: number | undefined): Inputs['app'] {
  if (id === undefined && privateKey === undefined) return undefined
  if (id === undefined) throw wrong('app-id', 'given where private-key is', undefined)
  if (privateKey === undefined) throw wrong('private-key', 'given where app-id is', undefined)
  // Secret stores often keep a text on one line.
  return {
    id,
    privateKey: privateKey.includes('\n') ? privateKey : privateKey.replaceAll('\\n', '\n'),
    ...(repository === undefined ? {} : { repositoryId: repository }),
  }
}

function wrong(name: string, allowed: string, given: string | undefined): TidemarkError {
  const what = given === undefined ? 'is missing' : `is "${printable(given, 60)}"`
  return new TidemarkError('USAGE_INPUT', `The input ${name} must be ${allowed}; it ${what}.`, {
    cure: 'Set it with the step of the workflow that uses the action: with: and below it the input.',
  })
}
