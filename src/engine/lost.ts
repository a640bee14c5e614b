import type { Address } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft as Editable, Json } from '../model/json.ts'
import { type Path, valuesAt } from '../model/path.ts'
import type { Draft } from './dependencies.ts'
import type { PlanFacts } from './plan.ts'

/** What a step takes, or cannot bring back: what work items hold stands in no configuration. */
export function lostWith(
  { change, type, verb, document }: Draft,
  { wasThere = () => false }: Pick<PlanFacts, 'wasThere'>,
): readonly Finding[] {
  const { address, live } = change
  const lost: Finding[] = []
  // What goes into the trash can come back with all it held.
  if (type.lost !== undefined && verb === 'delete' && type.revive === undefined)
    lost.push(lostFinding(address, `Deleting ${address} loses ${type.lost}.`))
  if (type.lost !== undefined && verb === 'create' && wasThere(address))
    lost.push(lostFinding(address, `${address} was deleted for good and is made anew, without ${type.lost}.`))
  if (document === undefined || (verb !== 'create' && live === undefined)) return lost
  for (const part of type.parts ?? []) {
    if (part.holds !== 'values') continue
    const ids = (spec: Json | undefined) => new Set(spec === undefined ? [] : valuesAt(spec as Editable, `${part.at}${part.id}` as Path))
    const [before, after] = [ids(live?.spec), ids(document.spec)]
    for (const own of before as ReadonlySet<Address>)
      if (!after.has(own)) lost.push(lostFinding(own, `Removing ${own} takes it from the work items that hold it.`))
    for (const own of after as ReadonlySet<Address>)
      if (!before.has(own) && live !== undefined && wasThere(own))
        lost.push(lostFinding(own, `${own} was deleted and is made anew: work items that held it do not get it back.`))
  }
  return lost
}

function lostFinding(address: Address, message: string): Finding {
  return {
    level: 'warning',
    code: 'PLAN_LOST',
    message,
    address,
    cure: 'No configuration backup holds this. Where it matters, restore the work items from another backup.',
  }
}
