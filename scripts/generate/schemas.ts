import { replaceAt, specSchemaOf } from '../../src/engine/spec-schema.ts'
import { requestSchema } from '../../src/flows/request-file.ts'
import { type Draft, draftOf, type Json } from '../../src/model/json.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'
import { settingsSchema } from '../../src/wiring/settings-schema.ts'

// yaml-language-server, which editors use, understands draft 7 and older.
const draft = 'http://json-schema.org/draft-07/schema#'

/** `schemas/settings.json`. */
export function settingsPage(): string {
  return page({ $schema: draft, ...(draftOf(settingsSchema as unknown as Json) as object) } as Draft)
}

/** `schemas/request.json`. What a decision may be is checked by the program in words of its own, so an editor is told it here. */
export function requestPage(): string {
  const schema = draftOf(requestSchema as unknown as Json)
  const text = { type: 'string' }
  const answer = (name: string, description: string) => ({
    type: 'object',
    required: [name],
    properties: { [name]: text },
    additionalProperties: false,
    description,
  })
  replaceAt(schema, ['choices', '*'], {
    anyOf: [
      {
        enum: ['overwrite', 'keep', 'skip', 'delete', 'disable'],
        description:
          'overwrite: take what is wanted. keep: leave the destination as it is. skip: leave the object out. delete: it goes. disable: the part stays, out of use.',
      },
      answer('use', 'The object that the destination has in its place, by its address.'),
      answer('rename', 'The name under which it is made.'),
    ],
  })
  return page({ $schema: draft, title: 'A request to Tidemark', ...(schema as object) } as Draft)
}

/** The schema of a resource's file. */
export function resourcePage(type: ResourceType): string {
  const spec = specSchemaOf(type)
  return page({
    $schema: draft,
    title: type.title,
    description: `${type.name}: ${type.about}`,
    type: 'object',
    required: ['address', 'spec'],
    properties: { address: { type: 'string', pattern: `^${type.name}/[a-z0-9-]+$` }, spec, sops: { type: 'object' } },
    additionalProperties: false,
  })
}

function page(schema: Draft): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}

/** The path under which the schema of a type is published. */
export function schemaPath(type: ResourceType): string {
  return `schemas/${type.name}.json`
}
