import type { ResourceType } from '../../src/model/resource-type.ts'
import { products } from './catalogue.ts'

/** What no type stands for, and why; the descriptors cannot know it. */
const notBackedUp: readonly (readonly [what: string, why: string])[] = [
  ['Work items, comments, attachments, work logs', 'They are data, not configuration.'],
  ['Global permissions, outgoing mail, general settings of the site', 'No public API writes them, and some none reads.'],
  ['Application links, webhooks of apps, data inside apps', 'They belong to the app and are not offered to others.'],
  ['Groups of an identity provider, users', 'They come from outside the site; groups are referred to by name, people by account id.'],
  ['Configuration of team-managed spaces', 'It is backed up as far as it can be read; no API creates it again.'],
  ['History: who changed what before the first backup', 'The audit log is read for attribution and not kept.'],
  [
    'Values of work items in a field that was deleted for good',
    'Jira erases them with the field; recreating the field does not bring them back.',
  ],
]

/** `docs/coverage.md`: what is backed up and how it comes back, from the types themselves. */
export async function coveragePage(): Promise<string> {
  const sections = (await products()).map(({ title, types }) => {
    const inOrder = [...types].sort((a, b) => (a.name < b.name ? -1 : 1))
    return [
      `## ${title}`,
      '',
      '| type | backed up | created again | changed | deleted | back from the trash |',
      '|---|---|---|---|---|---|',
      ...inOrder.map(rowOf),
      '',
      ...inOrder.flatMap(detailsOf),
    ].join('\n')
  })
  return `${[
    '# What is backed up, and how it comes back',
    'Generated from the types by `npm run generate`. *By hand*: no API can do it, so a plan holds a manual step that says where to click and checks the result.',
    ...sections,
    `## Not backed up, or not whole\n\n| what | why |\n|---|---|\n${notBackedUp.map(([what, why]) => `| ${what} | ${why} |`).join('\n')}`,
  ].join('\n\n')}\n`
}

function rowOf(type: ResourceType): string {
  const seen = type.sees === 'all' ? 'all' : 'what the account may see'
  const api = type.api === 'public' ? '' : ` (${type.api} API)`
  return `| ${[
    `[${type.title}](${type.about}) \`${type.name}\``,
    `${seen}${api}`,
    type.create === undefined ? 'by hand' : 'yes',
    type.update === undefined ? 'by hand' : (type.fixed ?? []).length > 0 ? 'mostly' : 'yes',
    type.remove === undefined ? 'by hand' : 'yes, when named',
    type.revive === undefined ? '' : 'yes, same id',
  ].join(' | ')} |`
}

function detailsOf(type: ResourceType): string[] {
  const parts = (type.parts ?? []).map(({ kind, holds }) => (holds === 'values' ? `${kind} (work items hold values of it)` : kind))
  const facts = [
    ['parts', parts],
    ['set once, a difference is a manual step', paths(type.fixed)],
    ['credentials, never shown', paths(type.secrets)],
    ['carried as it is, ids inside are not translated', paths(type.opaque)],
    ['stays the destination’s own in a promotion', paths(type.ownToSite)],
    ['a change may give more people more rights: a plan says so', paths(type.access?.map(({ at }) => at))],
    ['changes by itself, left out', paths(type.volatile)],
  ] as const
  const told = facts.filter(([, list]) => list.length > 0).map(([what, list]) => `- ${what}: ${list.join(', ')}`)
  const owned = type.owned === undefined ? [] : ["- the vendor's own (locked, system, default) is backed up and referred to, never written"]
  return told.length + owned.length === 0 ? [] : [`**${type.title}**`, '', ...told, ...owned, '']
}

// Long lists have few parents: `/lead/`: self, key, name.
function paths(list: readonly string[] | undefined): string[] {
  const byParent = Map.groupBy(list ?? [], (path) => path.slice(0, path.lastIndexOf('/') + 1))
  return [...byParent].map(([parent, own]) => {
    const names = own.map((path) => path.slice(parent.length))
    return parent === '/' || names.length === 1
      ? names.map((name) => `\`${parent}${name}\``).join(', ')
      : `\`${parent}\` (${names.join(', ')})`
  })
}
