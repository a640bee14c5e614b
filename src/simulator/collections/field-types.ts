/**
 * The kinds of custom field that Jira makes by itself: what their values are, by which searchers they may be found, which default values
 * they take. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/#api-rest-api-3-field-post
 */
export const builtIn = 'com.atlassian.jira.plugin.system.customfieldtypes:'

export interface FieldType {
  /** `schema.type`, and `schema.items` where it is a list. */
  readonly value: string
  readonly items?: string
  /** Without the prefix; none: the field cannot be searched. */
  readonly searchers: readonly string[]
  /** `type` of its default value. */
  readonly default?: string
  readonly options?: 'flat' | 'cascading'
  readonly title: string
}

export const fieldTypes: Readonly<Record<string, FieldType>> = {
  cascadingselect: {
    value: 'option-with-child',
    searchers: ['cascadingselectsearcher'],
    default: 'option.cascading',
    options: 'cascading',
    title: 'Select List (cascading)',
  },
  datepicker: { value: 'date', searchers: ['daterange'], default: 'datepicker', title: 'Date Picker' },
  datetime: { value: 'datetime', searchers: ['datetimerange'], default: 'datetimepicker', title: 'Date Time Picker' },
  float: { value: 'number', searchers: ['exactnumber', 'numberrange'], default: 'float', title: 'Number Field' },
  grouppicker: { value: 'group', searchers: ['grouppickersearcher'], default: 'grouppicker.single', title: 'Group Picker (single group)' },
  importid: { value: 'number', searchers: ['exactnumber', 'numberrange'], title: 'Import Id' },
  labels: { value: 'array', items: 'string', searchers: ['labelsearcher'], default: 'labels', title: 'Labels' },
  multicheckboxes: {
    value: 'array',
    items: 'option',
    searchers: ['multiselectsearcher'],
    default: 'option.multiple',
    options: 'flat',
    title: 'Checkboxes',
  },
  multigrouppicker: {
    value: 'array',
    items: 'group',
    searchers: ['multiselectsearcher'],
    default: 'grouppicker.multiple',
    title: 'Group Picker (multiple groups)',
  },
  multiselect: {
    value: 'array',
    items: 'option',
    searchers: ['multiselectsearcher'],
    default: 'option.multiple',
    options: 'flat',
    title: 'Select List (multiple choices)',
  },
  multiuserpicker: {
    value: 'array',
    items: 'user',
    searchers: ['userpickergroupsearcher'],
    default: 'multi.user.select',
    title: 'User Picker (multiple users)',
  },
  multiversion: {
    value: 'array',
    items: 'version',
    searchers: ['versionsearcher'],
    default: 'version.multiple',
    title: 'Version Picker (multiple versions)',
  },
  people: { value: 'array', items: 'user', searchers: ['userpickergroupsearcher'], default: 'multi.user.select', title: 'People' },
  project: { value: 'project', searchers: ['projectsearcher'], default: 'project', title: 'Project Picker (single project)' },
  radiobuttons: { value: 'option', searchers: ['multiselectsearcher'], default: 'option.single', options: 'flat', title: 'Radio Buttons' },
  readonlyfield: { value: 'string', searchers: ['textsearcher'], default: 'readonly', title: 'Text Field (read only)' },
  select: {
    value: 'option',
    searchers: ['multiselectsearcher'],
    default: 'option.single',
    options: 'flat',
    title: 'Select List (single choice)',
  },
  textarea: { value: 'string', searchers: ['textsearcher'], default: 'textarea', title: 'Paragraph (supports rich text)' },
  textfield: { value: 'string', searchers: ['textsearcher'], default: 'textfield', title: 'Short text (plain text only)' },
  url: { value: 'string', searchers: ['exacttextsearcher'], default: 'url', title: 'URL Field' },
  userpicker: { value: 'user', searchers: ['userpickergroupsearcher'], default: 'single.user.select', title: 'User Picker (single user)' },
  version: { value: 'version', searchers: ['versionsearcher'], default: 'version.single', title: 'Version Picker (single version)' },
}

/** The kind that a `type` names (`com.atlassian.jira.plugin.system.customfieldtypes:select`); undefined for one of an app. */
export function fieldTypeOf(type: string): FieldType | undefined {
  if (!type.startsWith(builtIn)) return undefined
  const name = type.slice(builtIn.length)
  return Object.hasOwn(fieldTypes, name) ? fieldTypes[name] : undefined
}
