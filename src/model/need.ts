/** Something that a document needs to work and that no configuration brings along. */
export type Need =
  /** `module`: what the document uses of the app. `link`: where it can be got, if that can be told. */
  | { readonly kind: 'app'; readonly id: string; readonly module: string; readonly link?: string }
  | { readonly kind: 'account' | 'group'; readonly id: string }

/** A need that a site does not meet; `unknown` where nobody can tell. */
export interface Lack {
  readonly need: Need
  readonly state: 'absent' | 'inactive' | 'unknown'
}
