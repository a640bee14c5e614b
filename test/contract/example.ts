import { type Dictionary, isDictionary, type Node } from './json-schema.ts'

/** What a contract says about keys below a place: are they names of its own choosing (a map) or properties? */
export type MapsAt = (place: readonly string[]) => boolean

/**
 * The places (`['values', '*', 'name']`) that an official example shows and an answer lacks. Lists are compared by the example's first
 * element, which at least one element of the answer must match property by property; maps with arbitrary keys and empty lists prove nothing.
 */
export function missingFrom(answer: Node | undefined, example: Node, isMap: MapsAt): readonly (readonly string[])[] {
  return lacking([answer], example, [], isMap)
}

function lacking(answers: readonly (Node | undefined)[], example: Node, place: readonly string[], isMap: MapsAt): (readonly string[])[] {
  if (Array.isArray(example)) {
    const lists = answers.filter((answer) => Array.isArray(answer))
    const elements = lists.flat()
    const first = example[0]
    return first === undefined || elements.length === 0 ? [] : lacking(elements, first, [...place, '*'], isMap)
  }
  if (!isDictionary(example) || isMap(place)) return []
  const objects = answers.filter((answer): answer is Dictionary => isDictionary(answer))
  if (objects.length === 0) return []
  return Object.entries(example).flatMap(([key, value]) => {
    const having = objects.filter((object) => Object.hasOwn(object, key))
    if (having.length === 0) return [[...place, key]]
    return lacking(
      having.map((object) => object[key]),
      value,
      [...place, key],
      isMap,
    )
  })
}
