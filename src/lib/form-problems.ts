import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { Settings as TypeBoxSettings } from 'typebox/system'
import { isObject, type Json } from '../model/json.ts'
import { type Path, placeIn, segmentsOf } from '../model/path.ts'
import type { PlainYaml, Problem } from './plain-yaml.ts'

// TypeBox stops at eight errors unless told otherwise; a person mending a file wants them all.
TypeBoxSettings.Set({ maxErrors: 200 })
const credentialWord = /token|secret|password|passwd|email|user|api-?key|credential/i

/** Tells everything in which a document that people wrote differs from its form, each with its line and what is allowed there. Compiled at first use. */
export function formOf(schema: TSchema): (document: PlainYaml) => readonly Problem[] {
  let validator: Validator | undefined
  return (document) => {
    validator ??= Compile(schema)
    return validator.Errors(document.value).flatMap((error) => problemsOf(error, document, schema))
  }
}

function problemsOf(error: TLocalizedValidationError, document: PlainYaml, form: TSchema): readonly Problem[] {
  const at = error.instancePath as Path
  const here = (message: string): readonly Problem[] => [{ line: document.lineOf(at), at, message }]
  switch (error.keyword) {
    // Said by `additionalProperties` too, with the names that are allowed.
    case 'boolean':
      return []
    case 'additionalProperties':
      return error.params.additionalProperties.map((key) => unknownKey(placeIn(at, key), key, schemaAt(error.schemaPath, form), document))
    case 'required':
      return here(`missing: ${error.params.requiredProperties.join(', ')}`)
    case 'type':
      return here(`must be ${article(String(error.params.type))}`)
    case 'enum':
      return here(`must be one of: ${error.params.allowedValues.join(', ')}`)
    case 'const':
      return here(`must be ${String(error.params.allowedValue)}`)
    case 'pattern':
      return here(`must look like ${exampleAt(schemaAt(error.schemaPath, form))}`)
    case 'minProperties':
      return here('must not be empty')
    default:
      return here(error.message)
  }
}

function unknownKey(at: Path, key: string, schema: Json, document: PlainYaml): Problem {
  const line = document.lineOf(at)
  const properties = isObject(schema) && isObject(schema['properties']) ? Object.keys(schema['properties']) : []
  if (properties.length === 0) return { line, at, message: 'not a possible name; use small letters, digits and single dashes' }
  if (credentialWord.test(key)) {
    return {
      line,
      at,
      message:
        'unknown key; credentials never stand in this file, they come from the environment (TIDEMARK_<SITE>_EMAIL, TIDEMARK_<SITE>_TOKEN)',
    }
  }
  const meant = closest(key, properties)
  return { line, at, message: `unknown key${meant === undefined ? '' : `, did you mean ${meant}?`}; allowed: ${properties.join(', ')}` }
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = {
    object: 'a mapping (key: value)',
    array: 'a list',
    string: 'text (in quotes where YAML would read a number or a truth value)',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
  }
  return words[type] ?? type
}

function exampleAt(schema: Json): string {
  const examples = isObject(schema) ? schema['examples'] : undefined
  return Array.isArray(examples) ? examples.join(' or ') : 'something else'
}

// TypeBox writes the keys of its paths as they are, slashes included: so the longest matching key is taken first.
function schemaAt(schemaPath: string, form: TSchema): Json {
  let node = form as unknown as Json
  const segments = segmentsOf(schemaPath.slice(1) as Path)
  for (let index = 0; index < segments.length; ) {
    if (node === null || typeof node !== 'object') return null
    const holder = node as { readonly [key: string]: Json }
    let end = segments.length
    while (end > index && !Object.hasOwn(holder, segments.slice(index, end).join('/'))) end -= 1
    if (end === index) return null
    node = holder[segments.slice(index, end).join('/')] as Json
    index = end
  }
  return node
}

/** The candidate that differs from `word` by at most two letters (Levenshtein), if there is one. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 60) return undefined
  const [best] = candidates
    .map((candidate) => ({ candidate, away: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, away }) => away <= Math.min(2, candidate.length - 1))
    .sort((a, b) => a.away - b.away)
  return best?.candidate
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j += 1) {
      next.push(Math.min((row[j] as number) + (letter === b[j] ? 0 : 1), (row[j + 1] as number) + 1, (next[j] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
