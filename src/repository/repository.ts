/** A commit's id, 40 hexadecimal digits. */
export type CommitId = string

export interface FileChange {
  readonly path: string
  /** Undefined: the file goes. */
  readonly text: string | undefined
}

/** A commit to be written on a branch. */
export interface CommitDraft {
  readonly branch: string
  /** The branch's head that the draft was made from; undefined: the branch does not exist yet. */
  readonly parent: CommitId | undefined
  readonly changes: AsyncIterable<FileChange> | Iterable<FileChange>
  /** A function is asked after the last change was taken, when the counts are known. */
  readonly message: string | (() => string)
  /** The commit is written even when its tree is the parent's. */
  readonly allowEmpty?: boolean
}

export interface RefUpdate {
  readonly branch: string
  /** What the branch must point at for the update to happen; undefined: it must not exist. */
  readonly expected: CommitId | undefined
  readonly commit: CommitId
}

export interface TreeEntry {
  readonly path: string
  readonly blob: string
}

export interface CommitInfo {
  readonly id: CommitId
  readonly parents: readonly CommitId[]
  readonly at: Date
  readonly subject: string
  readonly body: string
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

export interface PathChange {
  readonly path: string
  readonly what: 'added' | 'removed' | 'changed'
  readonly before?: string
  readonly after?: string
}

/** Snapshots in a Git repository, bare or not: the work tree, if there is one, is never touched. */
export interface Repository {
  /** The folder of its objects and refs: what belongs to this clone alone may be kept in a folder of its own in there. */
  readonly gitDir: string
  /** The head of a branch; undefined when there is no such branch. */
  head(branch: string): Promise<CommitId | undefined>
  /** The id of a commit's root tree: what stays the same where history is written anew. */
  treeOf(commit: CommitId): Promise<string>
  /** Every file of a commit, in order of path. */
  tree(commit: CommitId): Promise<readonly TreeEntry[]>
  /** The text of one file; undefined when the commit has none at that path. Refuses symbolic links, submodules, and files over 8 MiB. */
  read(commit: CommitId, path: string): Promise<string | undefined>
  /** The texts of blobs, one at a time in the order asked for, through one process. Invalid UTF-8 is an error. */
  texts(blobs: Iterable<string> | AsyncIterable<string>): AsyncIterable<string>
  /** Writes objects, signed; moves no branch. Undefined when the tree is the parent's and `allowEmpty` is not set. */
  prepare(draft: CommitDraft): Promise<CommitId | undefined>
  /**
   * Moves all these branches or none: here, and, where the repository has a remote, there first, in one atomic push with the expected values.
   * Throws `REPOSITORY_MOVED` when one of them is not where it was expected.
   */
  publish(updates: readonly RefUpdate[]): Promise<void>
  /** Brings the branches of the remote here; nothing to do without a remote. Throws `REPOSITORY_*` when the remote's history was rewritten. */
  fetch(branches: readonly string[]): Promise<void>
  /**
   * Makes refs here, of which only the last value counts (leases), what they are at the remote, whatever they were. Answers where they are; those that
   * are nowhere are left out.
   */
  mirror(refs: readonly string[]): Promise<ReadonlyMap<string, CommitId>>
  /** Newest first, at most `limit`; with `paths`, only commits that changed one of them. */
  log(from: CommitId, options?: { limit?: number; paths?: readonly string[] }): AsyncIterable<CommitInfo>
  /** The newest commit that both have in their past; undefined where they share none. Throws `REPOSITORY_SHALLOW` where a cut-off history cannot tell. */
  mergeBase(a: CommitId, b: CommitId): Promise<CommitId | undefined>
  /** What differs between two commits; `a` undefined: everything in `b` is new. */
  changes(a: CommitId | undefined, b: CommitId): Promise<readonly PathChange[]>
  /** Turns what a person writes (branch, short id, date `YYYY-MM-DD`, `HEAD~2`) into a commit reachable from the branch. Throws `REPOSITORY_NO_SUCH_COMMIT`. */
  resolve(text: string, branch: string): Promise<CommitId>
  /** Throws `REPOSITORY_UNTRUSTED` unless the commit is signed by one of these keys (`ssh-ed25519 AAAA…`). */
  verify(commit: CommitId, trusted: readonly string[]): Promise<void>
}
