import { git } from '../../repository/kit.ts'
import { branchesOf, commitFiles, type Files, type MergeMethod } from './git.ts'
import {
  changeBase,
  closePull,
  dismissReviews,
  dispatchWorkflow,
  editComment,
  mergePull,
  noticePushes,
  openIssue,
  openPull,
  pullNumbered,
  queuePull,
  Refusal,
  reopenPull,
  type Scene,
  submitReview,
  writeComment,
} from './happenings.ts'
import { hasRole, type RepositoryRow, roleOf } from './state.ts'

/** What somebody does on GitHub's pages and with git, at once and without the API. Throws what GitHub would say where it refuses. */
export interface Person {
  /** A commit with these files on top of the branch, which begins at `from` (main) where it is new. Answers the commit. */
  push(branch: string, files: Files, options?: { readonly message?: string; readonly from?: string }): string
  /** The branch becomes one new commit with these files on top of `onto` (main). */
  forcePush(branch: string, files: Files, options?: { readonly message?: string; readonly onto?: string }): string
  deleteBranch(branch: string): void
  /** Opens a pull request and answers its number. `fork: true`: out of the person's own fork. */
  open(pull: {
    readonly branch: string
    readonly base?: string
    readonly title?: string
    readonly text?: string
    readonly draft?: boolean
    readonly fork?: boolean
  }): number
  /** Makes a fork (once) and pushes to it. */
  pushToFork(branch: string, files: Files): string
  deleteFork(): void
  approve(number: number): void
  requestChanges(number: number): void
  reviewWithComment(number: number, text: string): void
  /** Begins a review without submitting it. */
  startReview(number: number): void
  dismissReviewsOf(login: string, number: number): void
  /** Answers the id. */
  comment(number: number, text: string): number
  /** Anybody's comment, for those who may write. */
  editComment(id: number, text: string): void
  deleteComment(id: number): void
  /** Answers the commit. Rules of the branch hold, save for an administrator who says `bypass`. */
  merge(number: number, options?: { readonly method?: MergeMethod; readonly sha?: string; readonly bypass?: boolean }): string
  /** Turns it to another branch. */
  changeBase(number: number, base: string): void
  /** Puts it into the merge queue. */
  queue(number: number): void
  close(number: number): void
  reopen(number: number): void
  label(number: number, ...names: string[]): void
  /** Fills in the form of a workflow. */
  dispatch(workflow: string, inputs: Readonly<Record<string, string>>): void
  /** Answers its number. */
  openIssue(title: string, text: string): number
}

export function person(scene: Scene): Person {
  const { state, by } = scene
  const { main } = state

  function may(role: 'read' | 'write' | 'admin'): void {
    if (!hasRole(roleOf(state, by.login), role)) throw new Refusal(403, `${by.login} has no ${role} access`)
  }

  function moved(row: RepositoryRow, commit: string): string {
    noticePushes(scene, row)
    return commit
  }

  function ownFork(): RepositoryRow | undefined {
    return [...state.forks.values()].find(({ owner }) => owner === by.login)
  }

  function fork(): RepositoryRow {
    const present = ownFork()
    if (present !== undefined) return present
    const path = main.path.replace(/\.git$/, `-of-${by.login}.git`)
    git(main.path, 'clone', '--quiet', '--bare', main.path, path)
    const row: RepositoryRow = { ...main, id: state.nextId(), owner: by.login, path, createdAt: state.tick(), branches: branchesOf(path) }
    state.forks.set(row.id, row)
    return row
  }

  return {
    push(branch, files, { message = `${by.login} changes ${branch}`, from = main.defaultBranch } = {}) {
      may('write')
      const parent = main.branches.get(branch) ?? main.branches.get(from)
      return moved(main, commitFiles(main.path, branch, parent, files, message, by.login))
    },
    forcePush(branch, files, { message = `${by.login} rewrites ${branch}`, onto = main.defaultBranch } = {}) {
      may('write')
      return moved(main, commitFiles(main.path, branch, main.branches.get(onto), files, message, by.login))
    },
    deleteBranch(branch) {
      may('write')
      git(main.path, 'update-ref', '-d', `refs/heads/${branch}`)
      noticePushes(scene)
    },
    open({ branch, base = main.defaultBranch, title = `About ${branch}`, text = '', draft = false, fork: isFork = false }) {
      may(isFork ? 'read' : 'write')
      return openPull(scene, { branch, base, title, body: text, draft, ...(isFork ? { fork: fork() } : {}) }).number
    },
    pushToFork(branch, files) {
      const row = fork()
      const parent = row.branches.get(branch) ?? row.branches.get(row.defaultBranch)
      return moved(row, commitFiles(row.path, branch, parent, files, `${by.login} changes ${branch}`, by.login))
    },
    deleteFork() {
      const row = ownFork()
      if (row !== undefined) state.forks.delete(row.id)
    },
    approve: (number) => void submitReview(scene, number, 'APPROVED'),
    requestChanges: (number) => void submitReview(scene, number, 'CHANGES_REQUESTED'),
    reviewWithComment: (number, text) => void submitReview(scene, number, 'COMMENTED', text),
    startReview: (number) => void submitReview(scene, number, 'PENDING'),
    dismissReviewsOf(login, number) {
      may('write')
      dismissReviews(scene, number, login)
    },
    comment(number, text) {
      may('read')
      return writeComment(scene, number, text).id
    },
    editComment(id, text) {
      if (state.comments.find((row) => row.id === id)?.by.id !== by.id) may('write')
      editComment(scene, id, text)
    },
    deleteComment(id) {
      const index = state.comments.findIndex((row) => row.id === id)
      if (index >= 0) state.comments.splice(index, 1)
    },
    merge(number, { method = 'merge', sha, bypass = false } = {}) {
      may(bypass ? 'admin' : 'write')
      noticePushes(scene)
      return mergePull(scene, pullNumbered(state, number), method, { bypass, ...(sha === undefined ? {} : { sha }) })
    },
    changeBase: (number, base) => changeBase(scene, pullNumbered(state, number), base),
    queue: (number) => queuePull(scene, pullNumbered(state, number)),
    close: (number) => closePull(scene, pullNumbered(state, number)),
    reopen: (number) => reopenPull(scene, pullNumbered(state, number)),
    label(number, ...names) {
      pullNumbered(state, number).labels.push(...names)
    },
    dispatch(workflow, inputs) {
      may('write')
      dispatchWorkflow(scene, workflow, inputs)
    },
    openIssue: (title, text) => openIssue(scene, title, text).number,
  }
}
