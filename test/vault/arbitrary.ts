import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/model/json.ts'

/** Texts that some YAML reader or writer gets wrong. */
export const awkwardTexts: readonly string[] = [
  ...[
    'yes',
    'no',
    'on',
    'y',
    'n',
    'true',
    'True',
    'null',
    '~',
    '',
    ' ',
    '.nan',
    '.inf',
    '-.inf',
    '=',
    '-',
    '?',
    ':',
    '|',
    '>',
    '%',
    '@',
    '`',
  ],
  ...['0777', '0o17', '0x1f', '1_000', '.5', '1e3', '-0', '+1', '1.', '12:30:45', '2026-01-01', '2026-01-01T10:00:00Z', '10001', '0'],
  ...[
    '- x',
    '? x',
    ': x',
    'a: b',
    'a:',
    'a #b',
    '#a',
    ' leading',
    'trailing ',
    '&a',
    '*a',
    '!tag',
    '{a: b}',
    '[a]',
    ',',
    ']',
    '}',
    '---',
    '...',
  ],
  ...[
    "it's",
    '"quoted"',
    "'single'",
    'back\\slash',
    'tab\there',
    'new\nline',
    'ends\n',
    '\nstarts',
    'two\n\nblank',
    'odd \n space',
    'cr\r\nlf',
  ],
  ...[
    '\0',
    '\u0007\u001b',
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\u2029',
    '\ufeffbom',
    '\ufffe',
    '\uffff',
    '\ufffd',
    '😀',
    'e\u0301',
    '日本',
  ],
  ...[
    'ENC[',
    'ENC[AES256_GCM,nothing]',
    'sops',
    'x'.repeat(300),
    'a:b',
    'a::b',
    '⟦jira/field/x⟧',
    '$1',
    '{{issue.key}}',
    '__proto__',
    'constructor',
  ],
]

/** Keys of the same kind; `_unencrypted` is SOPS's own mark for what stays readable. */
export const awkwardKeys: readonly string[] = [...awkwardTexts, 'secret_unencrypted', '_unencrypted', 'k'.repeat(129), 'ü'.repeat(70), '1']

const floats: readonly number[] = [1e30, 1e-30, 1.5e-7, -0, 0.1, 1e21, 1e20, 123456789.125, 5e-324, 1.7976931348623157e308, 2 ** 53, -1e300]
const wholes: readonly (number | bigint)[] = [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]

/** What a reader cannot bear, to generate around it. */
export interface Around {
  readonly key?: (key: string) => boolean
  readonly text?: (text: string) => boolean
  readonly bigints?: false
}

/** JSON with awkward keys and values, nested lists, nulls and empty things; an object at the top. */
export function documents(around: Around = {}): fc.Arbitrary<JsonObject> {
  const text = fc
    .oneof(fc.constantFrom(...awkwardTexts), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string())
    .filter((value) => around.text?.(value) ?? true)
  const key = fc
    .oneof(
      { weight: 3, arbitrary: fc.stringMatching(/^[a-z]{1,8}$/) },
      fc.constantFrom(...awkwardKeys),
      fc.string({ unit: 'binary' }),
      fc.string(),
    )
    .filter((value) => around.key?.(value) ?? true)
  const number = fc.oneof(
    fc.constantFrom(...floats, ...wholes.filter((value) => typeof value === 'number' || around.bigints !== false)),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
  )
  const { node } = fc.letrec<{ node: Json; leaf: Json }>((tie) => ({
    leaf: fc.oneof({ weight: 4, arbitrary: text }, number, fc.boolean(), fc.constant(null)),
    node: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 4, arbitrary: tie('leaf') },
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(key, tie('node'), { maxKeys: 5, noNullPrototype: true }),
    ),
  }))
  return fc.dictionary(key, node, { minKeys: 1, maxKeys: 6, noNullPrototype: true }) as fc.Arbitrary<JsonObject>
}
