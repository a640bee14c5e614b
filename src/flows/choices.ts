/** What people decided in a request, object by object. */
import { type Address, isPart, kindOf, ownerOf, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import { type Draft, draftOf, type Json } from '../model/json.ts'
import { edit, firstAt, type Path } from '../model/path.ts'
import type { Choice, Request } from '../model/request.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { ConnectedSite } from './site.ts'
import type { Situation } from './situation.ts'

export function choiceOf(request: Request, address: string): Choice | undefined {
  return Object.hasOwn(request.choices, address) ? request.choices[address] : undefined
}

/** What is there already, by what it is used for in its place. */
export function usedIn({ choices }: Request): ReadonlyMap<Address, Address> {
  const all = Object.entries(choices) as [Address, Choice][]
  return new Map(
    all.flatMap(([address, choice]) => (typeof choice === 'object' && 'use' in choice ? [[address, choice.use] as const] : [])),
  )
}

export function isUsed({ choices }: Request, address: Address): boolean {
  return Object.values(choices).some((choice) => typeof choice === 'object' && 'use' in choice && choice.use === address)
}

/** The wanted documents under the names that the request gives them. */
export function withChoices(documents: Snapshot, live: Snapshot, { request, deps }: Situation): Snapshot {
  return new Map(
    [...documents].map(([address, resource]) => {
      const choice = choiceOf(request, address)
      const label = deps.catalogue.type(typeOf(address))?.label
      if (typeof choice !== 'object' || !('rename' in choice) || label === undefined) return [address, resource]
      if (isAnother(live.get(address), label, choice.rename)) return [address, resource]
      return [address, { address, spec: edit(draftOf(resource.spec), label, () => choice.rename) as Json }]
    }),
  )
}

/** What an apply of the request before has brought under another name: nothing but the request tells that it is the same. */
export function broughtBefore({ choices }: Request, live: Snapshot, { catalogue }: ConnectedSite): ReadonlySet<Address> {
  const brought = (Object.entries(choices) as [Address, Choice][]).filter(([address, choice]) => {
    const label = catalogue.type(typeOf(address))?.label
    if (typeof choice !== 'object' || !('rename' in choice) || label === undefined || !live.has(address)) return false
    return !isAnother(live.get(address), label, choice.rename)
  })
  return new Set(brought.map(([address]) => address))
}

/** Whether the destination has the object, and not under the name that it was to be brought under, as an apply before would have left it. */
function isAnother(now: Resource | undefined, label: Path, name: string): boolean {
  return now !== undefined && firstAt(now.spec as Draft, label) !== name
}

/** Choices of a request that nothing can come of, each an error: what is left out of account is not what a person decided. */
export function unfitChoices({ request, reading, deps }: Situation): readonly Finding[] {
  const live = reading.captured.snapshot
  return (Object.entries(request.choices) as [Address, Choice][]).flatMap(([address, choice]) => {
    if (typeof choice !== 'object') return []
    const label = deps.catalogue.type(typeOf(address))?.label
    if ('rename' in choice) {
      if (label === undefined || isPart(address)) return [unfitChoice(address, 'objects of that kind are brought under no other name')]
      const isThere = isAnother(live.get(address), label, choice.rename)
      return isThere ? [unfitChoice(address, 'the destination has it already: it is changed, and nothing is made under another name')] : []
    }
    if (kindOf(choice.use) !== kindOf(address)) return [unfitChoice(address, `${choice.use} is of another kind`)]
    return live.has(ownerOf(choice.use)) ? [] : [unfitChoice(address, `${choice.use} is not on the destination`)]
  })
}

export function usedInVain(address: Address): Finding {
  return unfitChoice(address, 'neither the source nor the plan calls anything so')
}

function unfitChoice(address: Address, why: string): Finding {
  return {
    level: 'error',
    code: 'PLAN_CHOICE_UNFIT',
    message: `The request decides in its choices about ${address}, but ${why}.`,
    address,
    cure: 'Correct it in the request, or take it out of choices.',
  }
}
