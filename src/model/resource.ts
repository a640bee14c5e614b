import type { Address } from './address.ts'
import type { Json } from './json.ts'

/** An object of a site in symbols: every id is replaced by the address it stands for. What files hold. */
export interface Resource {
  readonly address: Address
  readonly spec: Json
}

/** All resources of one site at one commit. */
export type Snapshot = ReadonlyMap<Address, Resource>
