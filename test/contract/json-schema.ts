/** Plain JSON as documents from outside bring it. */
export type Node = null | boolean | number | string | Node[] | { [key: string]: Node }
export type Dictionary = { [key: string]: Node }

const lists = ['allOf', 'anyOf', 'oneOf'] as const
const annotations = new Set([
  'discriminator',
  'example',
  'externalDocs',
  'nullable',
  'readOnly',
  'title',
  'writeOnly',
  'xml',
  'description',
  'deprecated',
  'default',
])

export function isDictionary(value: unknown): value is Dictionary {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The JSON Schema that means what an OpenAPI 3.0 schema object means (https://spec.openapis.org/oas/v3.0.3#schema-object): `nullable` becomes
 * a type, a discriminator with a mapping becomes one condition a branch, and a reference `#/components/…` is made absolute below `base`.
 */
export function jsonSchemaOf(schema: Node, base: string): Node {
  if (!isDictionary(schema)) return schema
  if (typeof schema['$ref'] === 'string') return { $ref: base + schema['$ref'] }
  const result: Dictionary = {}
  for (const [key, value] of Object.entries(schema)) {
    if (annotations.has(key) || key.startsWith('x-')) continue
    if (key === 'properties' && isDictionary(value)) result[key] = mapValues(value, (property) => jsonSchemaOf(property, base))
    else if (key === 'items' || key === 'additionalProperties' || key === 'not') result[key] = jsonSchemaOf(value, base)
    else if ((lists as readonly string[]).includes(key)) result[key] = (value as Node[]).map((branch) => jsonSchemaOf(branch, base))
    else result[key] = value
  }
  chooseByDiscriminator(schema, result, base)
  // A closed parent without properties of its own would refuse whatever its branches allow.
  if (result['properties'] === undefined && (lists.some((key) => key in result) || 'x-chosen' in result))
    delete result['additionalProperties']
  delete result['x-chosen']
  return schema['nullable'] === true ? orNull(result) : result
}

function chooseByDiscriminator(schema: Dictionary, result: Dictionary, base: string): void {
  const discriminator = schema['discriminator']
  if (!isDictionary(discriminator) || !isDictionary(discriminator['mapping'])) return
  const property = String(discriminator['propertyName'])
  delete result['oneOf']
  delete result['anyOf']
  result['x-chosen'] = true
  result['allOf'] = Object.entries(discriminator['mapping']).map(([value, target]) => ({
    if: { properties: { [property]: { const: value } }, required: [property] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
    then: { $ref: base + String(target) },
  }))
  result['properties'] = { [property]: { enum: Object.keys(discriminator['mapping']) } }
  result['required'] = [property]
  delete result['additionalProperties']
}

function orNull(schema: Dictionary): Dictionary {
  if (typeof schema['type'] !== 'string') return { anyOf: [schema, { type: 'null' }] }
  const values = schema['enum']
  return { ...schema, type: [schema['type'], 'null'], ...(Array.isArray(values) ? { enum: [...values, null] } : {}) }
}

function mapValues(object: Dictionary, change: (value: Node) => Node): Dictionary {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
