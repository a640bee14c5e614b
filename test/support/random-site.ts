// Random Jira sites for property tests: what to make, in words that shrink well. Objects name each other by places in lists, taken modulo their length.
import fc from 'fast-check'

const awkward = [
  ...[
    'Bug',
    'bug',
    'BUG!',
    'To Do',
    'to do',
    'jira',
    'Field Tab',
    'Größe',
    'Gro\u0308ße',
    'GRÖSSE',
    'İstanbul',
    '問題',
    'مرحبا بالعالم',
    'שלום',
  ],
  ...[
    '👩‍👩‍👧 family',
    '📏',
    '\u202Edesrever',
    'zero\u200Bwidth',
    '  spaced  ',
    'tab\there',
    '"double" \'single\' `tick`',
    '<b>&amp;</b>',
    'a\\b',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'null',
    'true',
    '0',
    '10001',
    '-',
    '--',
    '---',
    '*',
    '**',
    '~',
    '~1',
    'a/b',
    '../../etc/passwd',
    'CON',
  ],
  ...[
    'customfield_10001',
    'jira/status/to-do',
    'jira/screen/bug#tab/bug',
    '⟦jira/status/to-do⟧',
    '⟦?jira/field|10001⟧',
    '⟦⟦',
    '{{issue.key}}',
    '$&',
  ],
]
export const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...awkward) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 16 }) },
  { weight: 1, arbitrary: fc.constantFrom('long ', 'Ä', '📏', 'e\u0301', 'x').map((piece) => piece.repeat(255)) },
)
const remark = fc.oneof({ weight: 2, arbitrary: fc.constant('') }, text)
const place = fc.nat(30)
const maybe = fc.option(place, { nil: undefined, freq: 2 })
const places = (maxLength: number) => fc.uniqueArray(place, { maxLength })
const flag = fc.boolean()
const category = fc.constantFrom('TODO', 'IN_PROGRESS', 'DONE')
const day = fc.nat(3000).map((number) => new Date(Date.UTC(2024, 0, 1 + number)).toISOString().slice(0, 10))

const status = fc.record({ name: text, description: remark, category })
const issueType = fc.record({ name: text, description: remark, subtask: flag })

const content = fc.record({
  options: fc.array(fc.record({ value: text, disabled: flag, under: maybe }), { maxLength: 5 }),
  /** Whether the last option is moved to the top once all are made. */
  turned: flag,
  default: fc.option(fc.record({ of: place, more: places(3), text, number: fc.double({ noNaN: true, noDefaultInfinity: true }) }), {
    nil: undefined,
  }),
})
const context = fc.record({ name: text, description: remark, projects: places(3), types: places(2), content })
const kinds = [
  ...[
    'select',
    'multiselect',
    'radiobuttons',
    'multicheckboxes',
    'cascadingselect',
    'cascadingselect',
    'textfield',
    'textarea',
    'readonlyfield',
  ],
  ...[
    'float',
    'datepicker',
    'datetime',
    'url',
    'labels',
    'userpicker',
    'multiuserpicker',
    'project',
    'version',
    'multiversion',
    'grouppicker',
  ],
] as const
const field = fc.record({
  name: text,
  description: remark,
  kind: fc.constantFrom(...kinds),
  searched: flag,
  everywhere: content,
  /** Another name for the context that every field has from the start. */
  called: fc.option(text, { nil: undefined }),
  contexts: fc.array(context, { maxLength: 2 }),
})

const tab = fc.record({ name: text, fields: places(4) })
const screen = fc.record({ name: text, description: remark, tabs: fc.array(tab, { minLength: 1, maxLength: 4 }), turned: flag })

const rule = fc.record({
  kind: fc.constantFrom('required', 'been', 'permission', 'checked'),
  of: place,
  more: places(3),
  text,
})
const condition = fc.record({
  kind: fc.constantFrom('value', 'option', 'duties', 'people', 'previous', 'nobody'),
  of: place,
  more: places(3),
  text,
})
const action = fc.record({ kind: fc.constantFrom('copy', 'update', 'priority', 'assign', 'app'), of: place, more: places(2), text })
const properties = fc.dictionary(text, text, { maxKeys: 2 })
const transition = fc.record({
  name: text,
  description: remark,
  /** No place: a loop, which leads to where it came from. */
  to: maybe,
  /** None: from anywhere. */
  from: places(3),
  screen: maybe,
  properties,
  validators: fc.array(rule, { maxLength: 2 }),
  conditions: fc.option(
    fc.record({ any: flag, own: fc.array(condition, { maxLength: 2 }), inner: fc.array(condition, { maxLength: 2 }) }),
    { nil: undefined },
  ),
  actions: fc.array(action, { maxLength: 2 }),
  triggered: fc.boolean(),
})
const workflow = fc.record({
  name: text,
  description: remark,
  statuses: fc.uniqueArray(place, { minLength: 1, maxLength: 4 }),
  initial: place,
  transitions: fc.array(transition, { maxLength: 4 }),
  properties,
  approval: maybe,
  laidOut: flag,
})
const scheme = fc.record({
  name: text,
  description: remark,
  otherwise: place,
  mappings: fc.array(fc.record({ type: place, workflow: place }), { maxLength: 3 }),
})

const component = fc.record({
  name: text,
  description: remark,
  led: flag,
  assignee: fc.constantFrom('PROJECT_DEFAULT', 'COMPONENT_LEAD', 'PROJECT_LEAD', 'UNASSIGNED'),
})
const version = fc.record({
  name: text,
  description: remark,
  days: fc.array(day, { maxLength: 2 }).map((days) => days.sort()),
  released: flag,
  archived: flag,
  first: flag,
})
const project = fc.record({
  name: text,
  description: remark,
  kind: fc.constantFrom('software', 'business', 'service_desk'),
  scheme: maybe,
  linked: flag,
  lead: flag,
  components: fc.array(component, { maxLength: 3 }),
  versions: fc.array(version, { maxLength: 3 }),
  archived: fc.nat(3).map((one) => one === 0),
})

/** A random site: at most about 25 objects of ours beside those that every site has. */
export const sketch = fc.record({
  statuses: fc.array(status, { maxLength: 4 }),
  types: fc.array(issueType, { maxLength: 2 }),
  fields: fc.array(field, { maxLength: 4 }),
  screens: fc.array(screen, { maxLength: 2 }),
  workflows: fc.array(workflow, { maxLength: 2 }),
  schemes: fc.array(scheme, { maxLength: 2 }),
  projects: fc.array(project, { maxLength: 3 }),
  /** What is changed of the objects that come with a site: a field on its screen, the descriptions of a status and a work type. */
  standing: fc.record({ field: maybe, status: fc.option(remark, { nil: undefined }), type: fc.option(remark, { nil: undefined }) }),
})

type Drawn<Of> = Of extends fc.Arbitrary<infer Value> ? Value : never
export type Sketch = Drawn<typeof sketch>
export type FieldSketch = Drawn<typeof field>
export type ContentSketch = Drawn<typeof content>
export type WorkflowSketch = Drawn<typeof workflow>
export type TransitionSketch = Drawn<typeof transition>
export type RuleSketch = Drawn<typeof rule> | Drawn<typeof condition> | Drawn<typeof action>
export type ProjectSketch = Drawn<typeof project>
export type ScreenSketch = Drawn<typeof screen>
