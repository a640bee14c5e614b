import type { Address } from '../../../model/address.ts'
import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import { idOfContext } from '../field-contexts.ts'
import type { JiraSite } from '../site.ts'
import type { FieldContext } from '../types/field-context.ts'
import { askEach, isUnborn, isWritten, refusal, skipping, takenNames } from './kit.ts'

type Written = Proposal<FieldContext> & { readonly item: FieldContext }

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/ */
const mostOptions = 10_000

/**
 * A field has one context for each space and one for all others, which stays, none with another's name; its options have values, each once, and a limit.
 */
export function validateContexts(site: JiraSite, proposals: readonly Proposal<FieldContext>[], view: PlanView): AsyncIterable<Finding> {
  const written = proposals.filter(isWritten)
  const byField = Map.groupBy(written, ({ item }) => item.fieldId)
  return askEach(site, [
    () => written.flatMap(nowhere),
    () => written.flatMap(wrongOptions),
    () => proposals.flatMap((proposal) => undeletable(proposal, view)),
    ...[...byField].map(
      ([fieldId, own]) =>
        () =>
          twoForOneSpace(site, fieldId, own, view),
    ),
    ...[...byField].map(
      ([fieldId, own]) =>
        () =>
          namesOfOthers(site, fieldId, own, view),
    ),
    ...[...byField].map(
      ([fieldId, own]) =>
        () =>
          takenOver(site, fieldId, own, view),
    ),
  ])
}

/** Without any space Jira would make it valid everywhere. */
function nowhere({ address, item, before }: Written): readonly Finding[] {
  if (item.isGlobalContext || item.projectIds.length > 0 || before?.isGlobalContext === true) return []
  return [
    refusal(
      'PRODUCT_CONTEXT_EVERYWHERE',
      `None of the spaces of ${address} exists here, and without any Jira would make it valid in all of them.`,
      { address, cure: `Restore one of its spaces too; or leave the context out: ${skipping(address)}.` },
    ),
  ]
}

function wrongOptions({ address, item: { options = [] } }: Written): readonly Finding[] {
  const seen = new Set<string>()
  const wrong = options.find(({ value, optionId = '' }) => {
    const key = `${optionId} ${value}`
    const isWrong = value.trim() === '' || seen.has(key)
    seen.add(key)
    return isWrong
  })
  const findings: Finding[] = []
  if (wrong !== undefined) {
    const why = wrong.value.trim() === '' ? 'an option without a value' : 'two options of the same value'
    findings.push(
      refusal('PRODUCT_OPTION_WRONG', `${address} would have ${why}.`, {
        address,
        cure: `Change it in what is wanted; or leave the context out: ${skipping(address)}.`,
      }),
    )
  }
  if (options.length > mostOptions) {
    findings.push(
      refusal('PRODUCT_OPTIONS_TOO_MANY', `${address} would have ${options.length} options; a field takes ${mostOptions} at most.`, {
        address,
        cure: `Take some away in what is wanted; or leave the context out: ${skipping(address)}.`,
      }),
    )
  }
  return findings
}

/** Since April 2026 the global context of a field goes with its field alone: https://developer.atlassian.com/changelog/#CHANGE-3019 */
function undeletable({ verb, address, before }: Proposal<FieldContext>, view: PlanView): readonly Finding[] {
  if (verb !== 'delete' || before?.isGlobalContext !== true) return []
  const field = view.addressOf('jira/field', before.fieldId)
  if (field !== undefined && view.itemAt(field) === undefined) return []
  return [
    refusal('PRODUCT_CONTEXT_STAYS', `${address} is the context of its field for all spaces, which cannot be deleted.`, {
      address,
      cure: `Delete the field itself, if that is meant; or leave the context: ${skipping(address)}.`,
    }),
  ]
}

type Mapping = { readonly contextId: string; readonly projectId?: string }

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-contextid-project-put */
async function* twoForOneSpace(site: JiraSite, fieldId: string, own: readonly Written[], view: PlanView): AsyncGenerator<Finding> {
  const added = own.map((proposal) => ({
    ...proposal,
    spaces: proposal.item.projectIds.filter((project) => proposal.before?.projectIds.includes(project) !== true),
  }))
  if (added.every(({ spaces }) => spaces.length === 0)) return
  const size = { size: 50, params: { fieldId }, id: ({ contextId, projectId = '' }: Mapping) => `${contextId} ${projectId}` }
  const mappings = isUnborn(fieldId)
    ? []
    : await Array.fromAsync(site.pages<Mapping>('/rest/api/3/field/{fieldId}/context/projectmapping', size))
  const holders = new Map(
    mappings.flatMap(({ contextId, projectId }) => (projectId === undefined ? [] : [[projectId, `${fieldId}/${contextId}`] as const])),
  )
  const given = new Map<string, Address>()
  for (const { address, id, spaces } of added) {
    for (const space of spaces) {
      const holder = holders.get(space)
      const twin = given.get(space)
      given.set(space, address)
      const other = holder === undefined || holder === id ? twin : (view.addressOf('jira/field-context', holder) ?? `context ${holder}`)
      if (other === undefined) continue
      const named = isUnborn(space) ? space : (view.addressOf('jira/project', space) ?? `space ${space}`)
      yield refusal(
        'PRODUCT_CONTEXT_TWICE',
        `${address} would be for ${named}, for which its field has ${other} already; a space has one context of a field.`,
        {
          address,
          cure: `Take the space out of the other one first, in a request of its own; or leave this one out: ${skipping(address)}.`,
        },
      )
    }
  }
}

/** The context for all spaces that is there is taken over by one that is to be made, and what that lacks would go from it with its values. */
async function* takenOver(site: JiraSite, fieldId: string, own: readonly Written[], view: PlanView): AsyncGenerator<Finding> {
  const [maker] = own.filter(({ verb, item }) => verb === 'create' && item.isGlobalContext)
  if (maker === undefined || isUnborn(fieldId)) return
  const there = (await contextsThere(site, fieldId)).find(({ isGlobalContext }) => isGlobalContext)
  const other = there === undefined ? undefined : view.addressOf('jira/field-context', idOfContext(fieldId, there.id))
  const options = other === undefined ? 0 : ((view.itemAt(other) as FieldContext | undefined)?.options?.length ?? 0)
  if (other === undefined || options === 0) return
  yield refusal(
    'PRODUCT_CONTEXT_TAKEN_OVER',
    `${maker.address} would take the place of ${other}, the context of its field for all spaces; its ${options === 1 ? 'option' : `${options} options`} would go, with what work items hold of them.`,
    {
      address: maker.address,
      cure: `Use that one in its place: choices: { "${maker.address}": { use: "${other}" } }; or say in the match table that they are the same; or leave it out: ${skipping(maker.address)}.`,
    },
  )
}

function contextsThere(site: JiraSite, fieldId: string): Promise<readonly FieldContext[]> {
  return Array.fromAsync(site.pages<FieldContext>('/rest/api/3/field/{fieldId}/context', { size: 50, params: { fieldId } }))
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-contextid-put */
async function* namesOfOthers(site: JiraSite, fieldId: string, own: readonly Written[], view: PlanView): AsyncGenerator<Finding> {
  // Whatever is to be the context for all spaces takes over the one that is there, with its name.
  const takesOver = own.some(({ verb, item }) => verb === 'create' && item.isGlobalContext)
  const living = isUnborn(fieldId) ? [] : await contextsThere(site, fieldId)
  const bearers = living
    .filter(({ isGlobalContext }) => !(takesOver && isGlobalContext))
    .map(({ id, name }) => ({ id: idOfContext(fieldId, id), name }))
  yield* takenNames(own, ({ name }) => name, bearers, view)
}
