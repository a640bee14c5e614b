import Type, { type Static } from 'typebox'
import { schemaOf } from '../lib/schema.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Schema } from '../model/schema.ts'
import type { Account, Comment, Issue, PullRequest, Review } from './forge.ts'

/**
 * What we read of GitHub's answers, and nothing else of them. Written from https://docs.github.com/en/rest; the tests hold it against GitHub's
 * OpenAPI document.
 */
const user = Type.Union([Type.Object({ id: Type.Integer(), login: Type.String(), type: Type.String() }), Type.Null()])
const moment = Type.String({ format: 'date-time' })
const maybeMoment = Type.Union([moment, Type.Null()])

export const shapes = {
  user: schemaOf(Type.Object({ id: Type.Integer(), login: Type.String(), type: Type.String() })),
  app: schemaOf(Type.Object({ id: Type.Integer(), slug: Type.String() })),
  installation: schemaOf(Type.Object({ id: Type.Integer() })),
  repository: schemaOf(
    Type.Object({
      id: Type.Integer(),
      full_name: Type.String(),
      private: Type.Boolean(),
      visibility: Type.Optional(Type.String()),
      default_branch: Type.String(),
      html_url: Type.String(),
    }),
  ),
  permission: schemaOf(Type.Object({ permission: Type.String(), role_name: Type.String() })),
  pullRequest: schemaOf(
    Type.Object({
      number: Type.Integer(),
      html_url: Type.String(),
      title: Type.String(),
      state: Type.Union([Type.Literal('open'), Type.Literal('closed')]),
      draft: Type.Optional(Type.Boolean()),
      user,
      head: Type.Object({
        ref: Type.String(),
        sha: Type.String(),
        repo: Type.Union([Type.Object({ id: Type.Integer() }), Type.Null()]),
      }),
      base: Type.Object({ ref: Type.String(), repo: Type.Object({ id: Type.Integer() }) }),
      updated_at: moment,
      closed_at: maybeMoment,
      merged_at: maybeMoment,
      merged_by: Type.Optional(user),
      merge_commit_sha: Type.Union([Type.String(), Type.Null()]),
      labels: Type.Array(Type.Object({ name: Type.String() })),
    }),
  ),
  review: schemaOf(Type.Object({ user, state: Type.String(), submitted_at: Type.Optional(moment) })),
  comment: schemaOf(
    Type.Object({
      id: Type.Integer(),
      user,
      issue_url: Type.String(),
      body: Type.Optional(Type.String()),
      html_url: Type.String(),
      created_at: moment,
      updated_at: moment,
    }),
  ),
  activity: schemaOf(Type.Object({ ref: Type.String(), after: Type.String(), activity_type: Type.String(), actor: user })),
  checkRun: schemaOf(
    Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      external_id: Type.Union([Type.String(), Type.Null()]),
      html_url: Type.Union([Type.String(), Type.Null()]),
      completed_at: maybeMoment,
      output: Type.Object({ annotations_count: Type.Integer() }),
      app: Type.Union([Type.Object({ id: Type.Integer(), slug: Type.Optional(Type.String()) }), Type.Null()]),
    }),
  ),
  issue: schemaOf(
    Type.Object({
      number: Type.Integer(),
      html_url: Type.String(),
      body: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      user,
      pull_request: Type.Optional(Type.Object({})),
    }),
  ),
  rule: schemaOf(
    Type.Object({
      type: Type.String(),
      parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  ),
  environment: schemaOf(
    Type.Object({
      protection_rules: Type.Optional(
        Type.Array(Type.Object({ type: Type.String(), reviewers: Type.Optional(Type.Array(Type.Unknown())) })),
      ),
      deployment_branch_policy: Type.Optional(
        Type.Union([Type.Object({ protected_branches: Type.Boolean(), custom_branch_policies: Type.Boolean() }), Type.Null()]),
      ),
    }),
  ),
  branchPolicy: schemaOf(Type.Object({ name: Type.String(), type: Type.Optional(Type.String()) })),
  branch: schemaOf(Type.Object({ name: Type.String() })),
  named: schemaOf(Type.Object({ name: Type.String() })),
  workflow: schemaOf(Type.Object({ state: Type.String() })),
}

type Of<S> = S extends Schema<infer T> ? T : never
type User = Static<typeof user>

/** The answer as what it should be. Throws `FORGE_UNEXPECTED`, which names the place and never a value. */
export function shaped<T>(shape: Schema<T>, value: unknown): T {
  const problem = shape.problem(value)
  if (problem === undefined) return value as T
  throw new TidemarkError('FORGE_UNEXPECTED', `An answer of GitHub does not look as documented: ${problem}`, {
    cure: 'Nothing was taken from it. If it stays so, the API has changed: please report it.',
  })
}

/** Whoever deleted their account is nobody: GitHub shows them as `ghost`, and no rule may count them as a person. */
const ghost: Account = { id: 0, login: 'ghost', bot: true }

export function accountOf(value: User): Account {
  return value === null ? ghost : { id: value.id, login: value.login, bot: value.type !== 'User' }
}

export function pullRequestOf(value: unknown): PullRequest {
  const pull = shaped(shapes.pullRequest, value)
  const merged =
    pull.merged_at === null || pull.merge_commit_sha === null
      ? undefined
      : {
          at: new Date(pull.merged_at),
          by: pull.merged_by === undefined || pull.merged_by === null ? undefined : accountOf(pull.merged_by),
          commit: pull.merge_commit_sha,
        }
  return {
    number: pull.number,
    url: pull.html_url,
    title: pull.title,
    state: pull.state,
    draft: pull.draft === true,
    author: accountOf(pull.user),
    head: { branch: pull.head.ref, commit: pull.head.sha },
    base: { branch: pull.base.ref },
    // A fork that was deleted has no repository any more.
    fromFork: pull.head.repo?.id !== pull.base.repo.id,
    ...(merged === undefined ? {} : { merged }),
    labels: pull.labels.map(({ name }) => name),
  }
}

const reviewStates: Readonly<Record<string, Review['state']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
}

/** Undefined for a review that its author has not submitted yet: only they see it. */
export function reviewOf(value: unknown): Review | undefined {
  const review = shaped(shapes.review, value)
  const state = reviewStates[review.state]
  if (state === undefined || review.submitted_at === undefined) return undefined
  return { by: accountOf(review.user), state, at: new Date(review.submitted_at) }
}

export function commentOf(value: unknown): Comment {
  const comment = shaped(shapes.comment, value)
  return {
    id: comment.id,
    on: Number(/\/([0-9]+)$/.exec(comment.issue_url)?.[1]),
    by: accountOf(comment.user),
    text: comment.body ?? '',
    at: new Date(comment.created_at),
    edited: comment.updated_at !== comment.created_at,
  }
}

export function issueOf(value: Of<typeof shapes.issue>): Issue {
  return { number: value.number, url: value.html_url, text: value.body ?? '' }
}
