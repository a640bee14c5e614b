/** The id of the tree without files: what a commit without a parent is compared with. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

export interface WrittenTree {
  readonly tree: string
  /** The parent's tree. */
  readonly before: string
}
