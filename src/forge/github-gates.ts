import { TidemarkError } from '../model/errors.ts'
import type { BranchRules, Gates } from './forge.ts'
import { orUndefined } from './github-errors.ts'
import { whole } from './github-listing.ts'
import type { Session } from './github-session.ts'
import { shaped, shapes } from './github-shapes.ts'

const none: BranchRules = {
  pullRequest: false,
  approvals: 0,
  codeOwners: false,
  dismissStale: false,
  lastPush: false,
  noForce: false,
  noDeletion: false,
  closed: false,
  checks: [],
}

/** What guards the repository: rulesets and branch protection, environments, and whether workflows run. */
export function githubGates({ octokit, place }: Session): Gates {
  const { repos, actions } = octokit.rest

  // https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
  async function ofRulesets(branch: string): Promise<BranchRules> {
    const rules = await whole(octokit.paginate.iterator(repos.getBranchRules, { ...place, branch, per_page: 100 }))
    return rules.map((rule) => rulesOf(shaped(shapes.rule, rule))).reduce(stricter, none)
  }

  async function ofProtection(branch: string): Promise<BranchRules> {
    const answer = await orUndefined(repos.getBranchProtection({ ...place, branch }))
    if (answer === undefined) return none
    const { required_pull_request_reviews: reviews, allow_force_pushes: force, allow_deletions: deletions } = answer.data
    const checks = answer.data.required_status_checks?.contexts ?? []
    return {
      pullRequest: reviews !== undefined,
      approvals: reviews?.required_approving_review_count ?? 0,
      codeOwners: reviews?.require_code_owner_reviews === true,
      dismissStale: reviews?.dismiss_stale_reviews === true,
      lastPush: reviews?.require_last_push_approval === true,
      noForce: force?.enabled !== true,
      noDeletion: deletions?.enabled !== true,
      // Locked for everybody, or open to a list of those who may push.
      closed: answer.data.lock_branch?.enabled === true || answer.data.restrictions !== undefined,
      checks,
    }
  }

  async function protectedBranches(): Promise<readonly string[] | undefined> {
    const branches = await whole(octokit.paginate.iterator(repos.listBranches, { ...place, protected: true, per_page: 100 }))
    // While no branch is protected, this setting lets every branch in.
    return branches.length === 0 ? undefined : branches.map((branch) => shaped(shapes.branch, branch).name)
  }

  async function selectedBranches(environment: string): Promise<readonly string[]> {
    const query = { ...place, environment_name: environment, per_page: 100 }
    const policies = await whole(octokit.paginate.iterator(repos.listDeploymentBranchPolicies, query))
    return policies.map((policy) => {
      const { name, type } = shaped(shapes.branchPolicy, policy)
      return type === 'tag' ? `refs/tags/${name}` : name
    })
  }

  // https://docs.github.com/en/rest/actions/secrets#list-environment-secrets and …/variables#list-environment-variables: names, and of secrets nothing else.
  async function namesIn(environment: string): Promise<readonly string[]> {
    const query = { ...place, environment_name: environment, per_page: 30 }
    const secrets = await whole(octokit.paginate.iterator(actions.listEnvironmentSecrets, query))
    const variables = await whole(octokit.paginate.iterator(actions.listEnvironmentVariables, query))
    return [...secrets, ...variables].map((one) => shaped(shapes.named, one).name)
  }

  return {
    async rules(branch) {
      // Rulesets need a plan that has them, and branch protection a token with administration, which GITHUB_TOKEN never has.
      const rulesets = await ifAllowed(ofRulesets(branch))
      const protection = await ifAllowed(ofProtection(branch))
      if (protection !== undefined) return stricter(rulesets ?? none, protection)
      return rulesets?.pullRequest === true || rulesets?.closed === true ? rulesets : undefined
    },

    // https://docs.github.com/en/rest/deployments/environments
    async environment(name) {
      const answer = await orUndefined(repos.getEnvironment({ ...place, environment_name: name }))
      if (answer === undefined) return undefined
      const { protection_rules: rules = [], deployment_branch_policy: policy } = shaped(shapes.environment, answer.data)
      const reviewers = rules.reduce((sum, rule) => sum + (rule.type === 'required_reviewers' ? (rule.reviewers?.length ?? 0) : 0), 0)
      // It is there, so what is not found is not told.
      const names = await orUndefined(ifAllowed(namesIn(name)))
      if (policy === undefined || policy === null) return { branches: undefined, reviewers, names }
      return { branches: await (policy.protected_branches ? protectedBranches() : selectedBranches(name)), reviewers, names }
    },

    async workflow(file) {
      const answer = await orUndefined(actions.getWorkflow({ ...place, workflow_id: file }))
      return answer === undefined ? undefined : shaped(shapes.workflow, answer.data).state
    },
  }
}

async function ifAllowed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'FORGE_FORBIDDEN') return undefined
    throw error
  }
}

function rulesOf({ type, parameters = {} }: NonNullable<(typeof shapes.rule)['type']>): BranchRules {
  if (type === 'non_fast_forward') return { ...none, noForce: true }
  if (type === 'update') return { ...none, closed: true }
  if (type === 'deletion') return { ...none, noDeletion: true }
  if (type === 'required_status_checks') return { ...none, checks: contextsIn(parameters['required_status_checks']) }
  if (type !== 'pull_request') return none
  const approvals = parameters['required_approving_review_count']
  return {
    ...none,
    pullRequest: true,
    approvals: typeof approvals === 'number' ? approvals : 0,
    codeOwners: parameters['require_code_owner_review'] === true,
    dismissStale: parameters['dismiss_stale_reviews_on_push'] === true,
    lastPush: parameters['require_last_push_approval'] === true,
  }
}

function contextsIn(checks: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(checks) ? checks : []
  return all.flatMap((check) => {
    const { context } = (check ?? {}) as { readonly context?: unknown }
    return typeof context === 'string' ? [context] : []
  })
}

/** All rules that match hold at once, so that the strictest counts. */
function stricter(a: BranchRules, b: BranchRules): BranchRules {
  return {
    pullRequest: a.pullRequest || b.pullRequest,
    approvals: Math.max(a.approvals, b.approvals),
    codeOwners: a.codeOwners || b.codeOwners,
    dismissStale: a.dismissStale || b.dismissStale,
    lastPush: a.lastPush || b.lastPush,
    noForce: a.noForce || b.noForce,
    noDeletion: a.noDeletion || b.noDeletion,
    closed: a.closed || b.closed,
    checks: [...new Set([...a.checks, ...b.checks])],
  }
}
