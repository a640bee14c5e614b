import { isObject, type Json } from '../../model/json.ts'
import { isGap, type ResourceType } from '../../model/resource-type.ts'

/**
 * The type, with null read as absence wherever its shape lets a property be absent: Jira says the one or the other of what is not set, whatever its
 * document says, and an object is not to be left out of a backup for that. Anywhere else null stays.
 */
export function nullAsAbsent(type: ResourceType): ResourceType {
  const { get } = type
  // Where null is not meant to be, the form does not fit, which is found out much faster.
  const without = (item: unknown) => (type.shape.problem(item) === undefined ? item : withoutNulls(type.shape.json, item))
  return {
    ...type,
    async *read(site) {
      for await (const found of type.read(site)) yield isGap(found) ? found : without(found)
    },
    ...(get === undefined
      ? {}
      : {
          async get(site, id) {
            return without(await get(site, id))
          },
        }),
  }
}

function withoutNulls(schema: Json | undefined, value: unknown): unknown {
  if (!isObject(schema) || value === null || typeof value !== 'object') return value
  const { allOf, items, properties, required } = schema
  if (Array.isArray(allOf)) return allOf.reduce((rest: unknown, part: Json) => withoutNulls(part, rest), value)
  if (Array.isArray(value)) {
    const list = value.map((member) => withoutNulls(items, member))
    return list.some((member, index) => member !== value[index]) ? list : value
  }
  if (!isObject(properties)) return value
  const isOptional = (key: string) => !(Array.isArray(required) && required.includes(key))
  const before = Object.entries(value)
  const after = before.flatMap(([key, inner]) => {
    const shape = Object.hasOwn(properties, key) ? properties[key] : undefined
    return inner === null && isOptional(key) && isObject(shape) && 'type' in shape ? [] : [[key, withoutNulls(shape, inner)] as const]
  })
  const isSame = after.length === before.length && after.every(([, inner], index) => inner === before[index]?.[1])
  return isSame ? value : Object.fromEntries(after)
}
