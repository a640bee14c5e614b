import type { Address, RemoteId, TypeName } from './address.ts'
import type { Finding } from './finding.ts'
import type { Json } from './json.ts'
import type { Need } from './need.ts'
import type { Path } from './path.ts'
import type { ReferenceRule } from './reference.ts'
import type { Schema } from './schema.ts'

/**
 * A kind of configuration object, whole: data, and a few small functions that speak the site's own language (ids). The engine never names a
 * type; whatever it must know about one stands here.
 */
// biome-ignore lint/suspicious/noExplicitAny: a catalogue holds types of every Item and Site; only a type itself knows its own.
export interface ResourceType<Item = any, Site = any> {
  readonly name: TypeName
  /** For people, in Jira's present words: `Custom field`. */
  readonly title: string
  /** Atlassian's page for this API. */
  readonly about: string
  readonly api: 'public' | 'experimental' | 'private'
  /** Does a complete listing show every object, or only what this account may see? */
  readonly sees: 'all' | 'visible'
  /** What we use of the site's shape. */
  readonly shape: Schema<Item>
  /** Where an item holds its own id; left out of resources. Absent for a singleton, whose slug is `site`. */
  readonly id?: Path
  /** The text the slug is made from at first sight. */
  readonly label?: Path
  /** In symbols: what makes it the same thing on another site. */
  readonly identity: readonly Path[]
  /** Whether there is but one such object below each parent, on every site: that is what makes it the same thing there, whatever it is called. */
  readonly only?: (spec: Json) => boolean
  /** The reference whose address prefixes the slug (objects of a project, contexts of a field). Never changes for an object. */
  readonly parent?: Path
  /** Deleting its parent deletes it too, and brings it back from the trash with it. */
  readonly goesWithParent?: true
  /** Other unique names by which the site refers to an object: `{ name: '/name' }`. */
  readonly spellings?: Readonly<Record<string, Path>>
  readonly parts?: readonly Part[]
  readonly references?: readonly ReferenceRule[]
  /** Changes by itself, or is the site's own bookkeeping: left out of resources. */
  readonly volatile?: readonly Path[]
  /** Lists whose order carries no meaning, inner ones first: sorted by their symbols, or by the value at `by` within each member. */
  readonly sets?: readonly { readonly at: Path; readonly by?: Path }[]
  /** Values that are credentials: never shown, not even to key holders' reports. */
  readonly secrets?: readonly Path[]
  /** Script bodies and personal data: encrypted also under `encrypt: secrets`. */
  readonly sensitive?: readonly Path[]
  /** Text that may name ids but is carried verbatim, since nobody can say what it means (an app's own configuration). */
  readonly opaque?: readonly Path[]
  /**
   * Places where groups of people stand, by name or id, one or a list with commas. What people decide of groups of another site is applied there alone: a
   * group may be called by an ordinary word.
   */
  readonly groups?: readonly Path[]
  /** Promotion keeps the destination's own (URLs, actors, owners). */
  readonly ownToSite?: readonly Path[]
  /**
   * Places, without `**`, whose change may give more people more rights: what stands there grants rights, or, with `limits`, keeps people from
   * something. A plan tells such changes apart.
   */
  readonly access?: readonly { readonly at: Path; readonly limits?: true }[]
  /**
   * Whether somebody may get in and administer the object, which no step of a plan may take away: asked of its spec, with a look at other objects as
   * they are between the same two steps (undefined: not there). All in symbols. Must rest on nothing else; whose members no configuration holds,
   * such as a group of an identity provider, counts as somebody where it exists.
   */
  readonly keepsOpen?: (spec: Json, look: (address: Address) => Json | undefined) => boolean
  /** The page of the site on which a person changes these objects, below its URL: `/secure/admin/ViewFieldScreens.jspa`. For manual steps. */
  readonly page?: string
  /** Properties the API sets on creation only: a difference there is a manual step. */
  readonly fixed?: readonly Path[]
  /** False: the vendor's own (locked, default, system): captured and referred to, never written. Asked of the spec. */
  readonly owned?: (spec: Json) => boolean
  /** What a document needs that no configuration brings along: the apps it uses, the people and groups it names. Asked of the spec. */
  readonly needs?: (spec: Json) => readonly Need[]
  /** `objectItem.typeName` (lower case) of audit records that speak of this type. */
  readonly audited?: readonly string[]
  /** Every object of the site, once each, with gaps where a listing could not be read. Throws only when nothing of the type can be read. */
  readonly read: (site: Site) => AsyncIterable<Item | Gap>
  /** One object as the site has it now, in the shape `read` gives; undefined when it does not exist. Needed for any verb below. */
  readonly get?: (site: Site, id: RemoteId) => Promise<Item | undefined>
  /**
   * Parts that do not exist yet carry their address where their id will stand; see `Created.parts`. Where it takes several calls, `born` is waited for as
   * soon as the object has an id: whatever cuts the rest off, it is then known whose it is, and `update` can complete it.
   */
  readonly create?: (site: Site, item: Item, born: (id: RemoteId) => Promise<void>) => Promise<Created>
  /** What `create` writes only after the object is born. Two objects that differ nowhere else may be one that was cut off. */
  readonly later?: readonly Path[]
  /** Makes the object with this id become `item`; `before` is what the site has now. New parts carry their address in place of an id. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a verb with nothing to report just returns.
  readonly update?: (site: Site, id: RemoteId, item: Item, before: Item, options?: UpdateOptions) => Promise<Created | void>
  /**
   * The type of what work items stand in, where an object of this one decides which of them there are: `jira/status`. When one goes, its work items
   * have to go to another, and a request may say to which; `update` and `validate` are told. Absent: nothing moves.
   */
  readonly movesBetween?: TypeName
  readonly remove?: (site: Site, id: RemoteId) => Promise<void>
  /** Takes the object out of the site's trash, keeping its id. */
  readonly revive?: (site: Site, id: RemoteId) => Promise<void>
  /** Ids of what is in the site's trash. Needed where `revive` is. */
  readonly trashed?: (site: Site) => Promise<readonly RemoteId[]>
  /** What no configuration holds and an object made anew comes without, as the end of a sentence: `the values that work items held in it`. */
  readonly lost?: string
  /** How many work items hold a value of this object, or of a part of it; undefined where the site cannot tell. Asked only for what a plan spares or loses. */
  readonly held?: (site: Site, id: RemoteId, part?: { readonly kind: string; readonly id: RemoteId }) => Promise<number | undefined>
  /** How an object is made a second time beside the first, for a drill on a site in use. Absent: it cannot be. */
  readonly twin?: Twin
  /** Deletes for good, past any trash: asked only of what a drill made, which `remove` would leave in the trash. */
  readonly erase?: (site: Site, id: RemoteId) => Promise<void>
  /** What an object looks like drawn, for types that are graphs: for people who look at a change. */
  readonly diagram?: (spec: Json) => Diagram
  /** Asks the site, before anything is written, whether it would take these: one finding, with its cure, for each thing it would refuse. */
  readonly validate?: (site: Site, proposals: readonly Proposal<Item>[], view: PlanView) => AsyncIterable<Finding>
  /** Brings a spec written under version `from` up to this version. */
  readonly upgrade?: (spec: Json, from: number) => Json
  /** Version of the resource's form; 1 unless said otherwise. */
  readonly version?: number
}

/** A graph with the texts that people know its nodes and ways by. An address as text is shown by its slug. */
export interface Diagram {
  readonly nodes: readonly { readonly key: string; readonly label: string }[]
  /** Without `from`: from anywhere. */
  readonly ways: readonly { readonly from?: string; readonly to: string; readonly label: string }[]
}

/**
 * Where work items go that stand in something an update takes away, as far as a person has said it: from what to what, by ids of the site. The rest
 * the type chooses.
 */
export type Moves = ReadonlyMap<RemoteId, RemoteId>

/** What an update is told beside the documents. */
export interface UpdateOptions {
  readonly moves?: Moves
}

/** What must differ between an object and a second one like it on the same site, beside the name at `ResourceType.label`. */
export interface Twin {
  /** How long a name may be. */
  readonly longest: number
  /** Where the site repeats the name. */
  readonly repeats?: readonly Path[]
  /** Text for people at the top of the document, in which a marker can stand: `/description`. */
  readonly remark: Path
  /** Where a key stands that is unique on the site: two to ten capitals and digits. */
  readonly key?: Path
  /** Which of them can be made over the API at all; every one unless said otherwise. Asked of the spec. */
  readonly fits?: (spec: Json) => boolean
}

/** What a plan would do to one object. */
export interface Proposal<Item> {
  readonly verb: 'create' | 'revive' | 'update' | 'delete'
  readonly address: Address
  /** Absent for what does not exist yet. */
  readonly id?: RemoteId
  /** What shall stand there. What does not exist yet, a part of it or what it refers to, stands as its address where its id will stand. */
  readonly item?: Item
  /** What stands there now. */
  readonly before?: Item
  /** What `update` will be told; what does not exist yet stands as its address here too. */
  readonly moves?: Moves
}

/** The site as a plan would leave it: what a type must know beside its own proposals. */
export interface PlanView {
  /** The address of an object that was read; undefined for one that this reading did not meet. */
  addressOf(type: TypeName, id: RemoteId): Address | undefined
  /** The item that would stand at an address, in the form of `Proposal.item`; undefined where nothing would. */
  itemAt(address: Address): unknown
  /** The address of the object that a spelling of it (`ResourceType.spellings`) would then mean; undefined where there would be none. */
  spelled(type: TypeName, spelling: string, value: string): Address | undefined
  /** What would then still refer to an object or to a part of it. */
  referrers(address: Address): readonly Address[]
}

/** A piece of a resource that others refer to or that must keep its identity: an option, a screen tab, a transition. */
export interface Part {
  /** Where the parts stand: `/options/*`. */
  readonly at: Path
  readonly kind: string
  /** Where a part holds its id, within the part: `/id`. In resources that place holds the part's address. */
  readonly id: Path
  /** Where the text stands that the slug is made from, within the part: `/name`. */
  readonly label: Path
  /** Within the part, in symbols: what makes it the same part elsewhere. */
  readonly identity: readonly Path[]
  /** How the site writes the id; `text` unless said otherwise. */
  readonly as?: 'text' | 'number'
  /** Is the id unique on the site, or only within its owner? `site` unless said otherwise. */
  readonly scope?: 'site' | 'owner'
  /** `values`: removing it loses values of work items. */
  readonly holds?: 'values'
  /** How such a part is taken out of use and keeps its values: the value to put at this place within the part. */
  readonly disabled?: { readonly at: Path; readonly value: Json }
}

/** Something that could not be read: the type, or all that belongs to one object. What it would have told is unknown, not gone. */
export interface Gap {
  readonly gap: true
  /** The object under which nothing could be read; absent: part of the type's own listing is missing. */
  readonly under?: { readonly type: TypeName; readonly id: RemoteId }
  readonly reason: Finding
}

export function isGap(value: unknown): value is Gap {
  return typeof value === 'object' && value !== null && (value as { gap?: unknown }).gap === true
}

export interface Created {
  readonly id: RemoteId
  /** By the address that stood in place of the id: the id each new part got. */
  readonly parts?: ReadonlyMap<string, RemoteId>
}

/** Declares a type. Only for the type checker: `Item` and `Site` are checked where the type is written. */
export function defineType<Item, Site>(type: ResourceType<Item, Site>): ResourceType<Item, Site> {
  return type
}

/** What one type's listing gave in this run. `complete` is false where anything is missing. */
export interface Reading {
  readonly type: TypeName
  readonly items: readonly unknown[]
  readonly gaps: readonly Gap[]
}

/** All types of the products that a site uses. */
export interface Catalogue {
  readonly types: readonly ResourceType[]
  /** Undefined for a type of a product that this site does not use, or of a newer version of the tool. */
  type(name: TypeName): ResourceType | undefined
}

export function catalogueOf(types: readonly ResourceType[]): Catalogue {
  const byName = new Map(types.map((type) => [type.name, type]))
  return { types, type: (name) => byName.get(name) }
}
