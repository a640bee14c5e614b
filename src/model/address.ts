/** A kind of configuration object of a product: `jira/screen-scheme`. */
export type TypeName = `${string}/${string}`
/** A kind of part of a type: `jira/field-context#option`. */
export type PartName = `${TypeName}#${string}`
/** What a reference may point at: a resource or a part of one. */
export type TargetName = TypeName | PartName
/** `jira/field/story-points`; of a part `jira/field-context/severity--default#option/high`. Fixed for the life of the object. */
export type Address = `${string}/${string}/${string}`
/** What a site calls an object: `10010`, `customfield_10010`, a UUID. Always text here, also where the site speaks of a number. */
export type RemoteId = string

const slugPattern = '[a-z0-9]+(?:-{1,2}[a-z0-9]+)*'
const addressPattern = new RegExp(`^([a-z][a-z0-9]*)/([a-z][a-z0-9-]*)/(${slugPattern})(?:#([a-z][a-z0-9-]*)/(${slugPattern}))?$`)

export function isAddress(text: string): text is Address {
  return addressPattern.test(text)
}

/** The target kind an address belongs to: `jira/field`, of a part `jira/field-context#option`. The address is taken to be well formed. */
export function kindOf(address: Address): TargetName {
  const hash = address.indexOf('#')
  const type = address.slice(0, address.indexOf('/', address.indexOf('/') + 1))
  if (hash < 0) return type as TypeName
  return `${type}#${address.slice(hash + 1, address.indexOf('/', hash))}` as PartName
}

/** The type of the resource that an address stands for or is a part of. */
export function typeOf(address: Address): TypeName {
  return address.slice(0, address.indexOf('/', address.indexOf('/') + 1)) as TypeName
}

/** The resource a part belongs to; of a resource, itself. */
export function ownerOf(address: Address): Address {
  const hash = address.indexOf('#')
  return (hash < 0 ? address : address.slice(0, hash)) as Address
}

export function isPart(address: string): boolean {
  return address.includes('#')
}

/** The last piece of an address: its slug, of a part the part's slug. */
export function slugOf(address: Address): string {
  return address.slice(address.lastIndexOf('/') + 1)
}

/** The address of the parent that prefixes a project-scoped slug (`<parent>--<own>`), or undefined where there is none. */
export function parentSlugOf(address: Address): string | undefined {
  const slug = slugOf(ownerOf(address))
  const cut = slug.lastIndexOf('--')
  return cut < 0 ? undefined : slug.slice(0, cut)
}
