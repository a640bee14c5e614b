import type { Address } from '../model/address.ts'
import type { Draft } from '../model/json.ts'
import { type Path, valuesAt } from '../model/path.ts'
import type { Resource } from '../model/resource.ts'
import type { Part, ResourceType } from '../model/resource-type.ts'

/** The addresses of a resource's parts, of those kinds that `of` lets through, in document order. */
export function partsOf(
  resource: Resource | undefined,
  type: ResourceType | undefined,
  of: (part: Part) => boolean = () => true,
): readonly Address[] {
  if (resource === undefined) return []
  return (type?.parts ?? []).filter(of).flatMap(({ at, id }) => valuesAt(resource.spec as Draft, `${at}${id}` as Path) as Address[])
}
