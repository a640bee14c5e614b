import { mayWrite } from '../../flows/pull/approvals.ts'
import type { PlannedPull } from '../../flows/pull/plan-pull.ts'
import { proposePull } from '../../flows/pull/propose.ts'
import { findRequest } from '../../flows/request-branch.ts'
import { TidemarkError } from '../../model/errors.ts'
import { askedKinds, askFor, type Form } from '../../wiring/ask.ts'
import { type Door, needed } from '../door.ts'
import { wordsIn } from '../inputs.ts'
import { tellPlanned } from '../pull-told.ts'

/** Writes a request, opens its pull request and plans it, for who does not use the command line. */
export async function requestCommand(door: Door): Promise<void> {
  await proposeForm(door, formOf(door))
}

/** The same for a form that is filled in, in the name of whom the runner names. Throws `PULL_NOT_ALLOWED`, and what asking and planning throw. */
export async function proposeForm(door: Door, form: Form): Promise<PlannedPull> {
  const { runner, place } = door
  const by = await requester(door)
  const desk = await door.desk()
  const { request } = await askFor(place, form)
  runner.say(`Request ${request.id} is written.`)
  const planned = await proposePull(desk, await findRequest(desk.repository, request.id), by)
  tellPlanned(runner, planned)
  return planned
}

/** What the inputs of the step say, else those of the form that started the job. */
function formOf({ inputs, event }: Door): Form {
  const entered = (name: string) => event.text('inputs', name)?.trim() || undefined
  const kind = askedKinds.find((one) => one === (inputs.kind ?? entered('kind')))
  if (kind === undefined) {
    throw new TidemarkError('USAGE_INPUT', `The input kind must be one of ${askedKinds.join(', ')}.`, { cure: 'Choose it in the form.' })
  }
  const from =
    inputs.from ?? entered('from') ?? entered('snapshot') ?? (kind === 'rollback' ? (inputs.request ?? entered('request')) : undefined)
  if (from === undefined) {
    throw new TidemarkError('USAGE_INPUT', 'Nothing says what to go back to.', {
      cure: 'Give a day (2026-11-01), a commit, HEAD~2, another site for a copy, or a request for a rollback.',
    })
  }
  const select = inputs.select.length > 0 ? inputs.select : wordsIn(entered('select'))
  return { kind, site: inputs.site ?? entered('site'), from, select, id: inputs.id ?? entered('id') }
}

/** Who asks: whom the runner names, as the forge knows them now. Their own approval will not count. Throws `PULL_NOT_ALLOWED`. */
async function requester({ environment, forge }: Door) {
  const login = environment['GITHUB_ACTOR'] ?? ''
  const access = needed(await forge())
  const account = login === '' ? undefined : await access.account(login)
  const may = account !== undefined && mayWrite(await access.permissionOf(account.login))
  if (may) return account
  throw new TidemarkError('PULL_NOT_ALLOWED', 'Whoever started this may not write to the repository, or is not known to it.', {
    cure: 'Ask somebody who may.',
  })
}
