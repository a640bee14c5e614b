import type { BranchRules, Environment, Forge, ForgeRepository } from '../forge/forge.ts'
import { TidemarkError } from '../model/errors.ts'
import { type Finding, findingOf } from '../model/finding.ts'
import { printable } from '../model/printable.ts'
import { branchOf, mainBranch, requestBranchOf, runsBranchOf } from '../repository/layout.ts'
import { mayWrite } from './pull/approvals.ts'

/** What the settings and the templates say there should be. */
export interface ExpectedForge {
  /** `owner/name`, as the settings have it. */
  readonly repository: string
  /** Whether everybody shall be able to read it. */
  readonly isPublic: boolean
  readonly sites: readonly { readonly name: string; readonly reports: 'addresses' | 'values' }[]
  readonly approvals: number
  /** Environments, and the secrets and variables that workflows take from them. */
  readonly environments: ReadonlyMap<string, readonly string[]>
  /** Files below `.github/workflows`. */
  readonly workflows: readonly string[]
}

/** Where `init --github` wrote how to mend it all. */
const guide = '.github/tidemark.md'

/**
 * Checks everything around the repository that keeps snapshots, secrets and main from whoever should not have them. Writes nothing. Each fact is a finding with its
 * cure, the good ones notes; what the forge refuses to tell is a finding as well, and does not hide the next. A gate that this plan of the forge does not
 * offer is told as missing: nobody should rely on it.
 */
export async function doctorForge(forge: Forge, expected: ExpectedForge): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  // Several checks may meet the same refusal.
  const tell = (finding: Finding): void => {
    if (!findings.some(({ code, message }) => code === finding.code && message === finding.message)) findings.push(finding)
  }
  const look = async <T>(check: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await check()
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error
      tell(findingOf(error))
      return undefined
    }
  }
  const found = await look(() => forge.repository())
  if (found === undefined) return findings
  tell({ level: 'note', code: 'FORGE_REACHED', message: `${shown(found.name)} answers.` })
  const gates = [
    () => Promise.resolve(ofRepository(found, expected)),
    () => ofToken(forge),
    async () => ofMain(await forge.gates.rules(mainBranch), found, expected),
    () => ofSnapshots(forge, found, expected),
    ...[...expected.environments].map(
      ([name, names]) =>
        async () =>
          ofEnvironment(name, await forge.gates.environment(name), found, names),
    ),
    ...expected.workflows.map((file) => async () => ofWorkflow(file, await forge.gates.workflow(file))),
  ]
  for (const gate of gates) for (const finding of (await look(gate)) ?? []) tell(finding)
  if (findings.every(({ level }) => level === 'note')) {
    tell({
      level: 'note',
      code: 'FORGE_GUARDED',
      message:
        'main changes by reviewed pull requests only, snapshots are pushed by Tidemark and administrators alone, and secrets go to jobs of main.',
    })
  }
  return findings
}

function ofRepository(found: ForgeRepository, { repository, isPublic, sites }: ExpectedForge): readonly Finding[] {
  const findings: Finding[] = []
  if (found.name.toLowerCase() !== repository.toLowerCase()) {
    findings.push({
      level: 'warning',
      code: 'FORGE_RENAMED',
      message: `${shown(repository)} is called ${shown(found.name)} by now.`,
      cure: 'Write the new name as repository.github (and repository.remote) into tidemark.yaml. If nobody renamed it, find out who did.',
    })
  }
  if (found.defaultBranch !== mainBranch) {
    findings.push({
      level: 'error',
      code: 'FORGE_DEFAULT_BRANCH',
      message: `The default branch is ${shown(found.defaultBranch)}, and GitHub takes schedules and comments from workflows on the default branch only.`,
      cure: `Make ${mainBranch} the default branch: gh repo edit ${shown(found.name)} --default-branch ${mainBranch}`,
    })
  }
  if (found.visibility !== 'public') return findings
  const open = sites.filter(({ reports }) => reports === 'values').map(({ name }) => name)
  findings.push(
    open.length > 0
      ? {
          level: 'error',
          code: 'FORGE_PUBLIC_VALUES',
          message: `Everybody can read the repository, and reports of ${open.join(', ')} show values.`,
          cure: 'Make the repository private, or set reports: addresses for these sites.',
        }
      : {
          level: isPublic ? 'note' : 'error',
          code: 'FORGE_PUBLIC',
          message: `Everybody can read the repository: names of files, how many there are, and when what changed.${isPublic ? '' : ' The action stops until that is settled.'}`,
          cure: `Make it private${isPublic ? '' : ', or set repository.public: true in tidemark.yaml on main if everybody shall read it'}; slugs: opaque hides the names.`,
        },
  )
  return findings
}

async function ofToken(forge: Forge): Promise<readonly Finding[]> {
  const self = await forge.self()
  if (self === undefined || self.bot) {
    const whose = self === undefined ? 'The token does not say whose it is' : `The token is that of ${shown(self.login)}, an App`
    return [{ level: 'note', code: 'FORGE_TOKEN', message: `${whose}: what it may do shows when it is used.` }]
  }
  // Who may not write is not told what they may do.
  const permission = await forge.permissionOf(self.login).catch((error: unknown) => {
    if (error instanceof TidemarkError && error.code === 'FORGE_FORBIDDEN') return undefined
    throw error
  })
  if (permission !== undefined && mayWrite(permission)) {
    return [
      { level: 'note', code: 'FORGE_TOKEN', message: `The token is that of ${shown(self.login)}, with the permission ${permission}.` },
    ]
  }
  return [
    {
      level: 'warning',
      code: 'FORGE_TOKEN_WEAK',
      message: `The token is that of ${shown(self.login)}, who ${permission === undefined ? 'may not write here' : `has the permission ${permission}`}: it opens no pull request and pushes nothing.`,
      cure: 'Use the token of somebody with the permission write, or of the App.',
    },
  ]
}

/** What a rule of main keeps away, in the order of what is worst. */
const mainRules: readonly {
  readonly holds: (rules: BranchRules, approvals: number) => boolean
  readonly level: 'error' | 'warning'
  readonly code: Finding['code']
  readonly message: string
}[] = [
  {
    holds: ({ pullRequest }) => pullRequest,
    level: 'error',
    code: 'FORGE_MAIN_UNREVIEWED',
    message: 'Whoever may write can push to main: settings, keys and workflows change without anybody reading it.',
  },
  {
    holds: (rules, approvals) => !rules.pullRequest || rules.approvals >= approvals,
    level: 'warning',
    code: 'FORGE_MAIN_APPROVALS',
    message: 'main asks for fewer approvals than policy.approvals does.',
  },
  {
    holds: (rules, approvals) => !rules.pullRequest || approvals === 0 || rules.codeOwners,
    level: 'warning',
    code: 'FORGE_MAIN_CODE_OWNERS',
    message: 'main does not ask code owners, so anybody with the permission write approves changes of keys, settings and workflows.',
  },
  {
    holds: (rules, approvals) => !rules.pullRequest || approvals === 0 || rules.dismissStale,
    level: 'warning',
    code: 'FORGE_MAIN_STALE',
    message: 'An approval on main outlives what is pushed after it.',
  },
  {
    holds: (rules, approvals) => !rules.pullRequest || approvals === 0 || rules.lastPush,
    level: 'warning',
    code: 'FORGE_MAIN_LAST_PUSH',
    message: 'Whoever pushed last to a pull request may be the one who approves it.',
  },
  {
    holds: ({ noForce }) => noForce,
    level: 'warning',
    code: 'FORGE_MAIN_FORCE',
    message: 'main can be pushed by force: what was reviewed can vanish.',
  },
  { holds: ({ noDeletion }) => noDeletion, level: 'warning', code: 'FORGE_MAIN_DELETION', message: 'main can be deleted.' },
  {
    holds: ({ checks }) => checks.includes('Tidemark check'),
    level: 'warning',
    code: 'FORGE_MAIN_UNCHECKED',
    message: 'A pull request can be merged into main though its "Tidemark check" is red or has not run.',
  },
  {
    holds: ({ closed }) => !closed,
    level: 'warning',
    code: 'FORGE_MAIN_CLOSED',
    message: 'A rule lets nobody move main, not even by a pull request ("Restrict updates").',
  },
]

function ofMain(rules: BranchRules | undefined, found: ForgeRepository, { approvals }: ExpectedForge): readonly Finding[] {
  if (rules === undefined) return [untold(found)]
  return mainRules
    .filter(({ holds }) => !holds(rules, approvals))
    .map(({ level, code, message }) => ({ level, code, message, cure: `Set the ruleset of main as step 5 in ${guide} says.` }))
}

async function ofSnapshots(forge: Forge, found: ForgeRepository, { sites }: ExpectedForge): Promise<readonly Finding[]> {
  // A branch need not exist for its rules to be told.
  const branches = [...sites.flatMap(({ name }) => [branchOf(name), runsBranchOf(name)]), requestBranchOf('doctor')]
  const open: string[] = []
  for (const branch of branches) {
    const rules = await forge.gates.rules(branch)
    if (rules === undefined) return [untold(found)]
    if (!rules.closed || !rules.noForce || !rules.noDeletion) open.push(branch)
  }
  if (open.length === 0) return []
  return [
    {
      level: 'warning',
      code: 'FORGE_SNAPSHOTS_OPEN',
      message: `Others than Tidemark and administrators can push to, force or delete ${open.join(', ')}. What they write is not believed, since it is not signed, but they can take a branch back to an older state, and then backups stop.`,
      cure: `Set the ruleset of snapshots as step 6 in ${guide} says.`,
    },
  ]
}

function ofEnvironment(
  name: string,
  environment: Environment | undefined,
  found: ForgeRepository,
  wanted: readonly string[],
): readonly Finding[] {
  if (environment === undefined) {
    const isPrivate = found.visibility !== 'public'
    // A plan without environments answers as if this one were missing.
    const tier = isPrivate ? ' Private repositories have environments on paid plans only: without, this gate is missing.' : ''
    const without = isPrivate ? `; where your plan has none, "Setting up" there names three ways to go on` : ''
    return [
      {
        level: 'error',
        code: 'FORGE_NO_ENVIRONMENT',
        message: `There is no environment ${name}, which holds secrets for jobs of main alone; the first job would make one that is open to every branch.${tier}`,
        cure: `Make it as step 3 in ${guide} says${without}.`,
      },
    ]
  }
  const findings: Finding[] = []
  const { branches, reviewers, names } = environment
  const missing = names === undefined ? [] : wanted.filter((one) => !names.includes(one))
  if (branches === undefined || branches.join() !== mainBranch) {
    const which = branches === undefined ? 'any branch' : branches.length === 0 ? 'no branch' : branches.map(shown).join(', ')
    findings.push({
      level: 'error',
      code: 'FORGE_ENVIRONMENT_OPEN',
      message: `The environment ${name} gives its secrets to jobs of ${which}; it should be ${mainBranch}, and that alone.`,
      cure: `Choose "Selected branches" and ${mainBranch}, as step 3 in ${guide} says. If it was open, change the secrets.`,
    })
  }
  if (reviewers > 0) {
    findings.push({
      level: 'warning',
      code: 'FORGE_ENVIRONMENT_WAITS',
      message: `Jobs of the environment ${name} wait for a reviewer each time, those of the night and of every hour, too.`,
      cure: 'Take the required reviewers away: who approves a request is checked when it is applied.',
    })
  }
  if (missing.length > 0) {
    findings.push({
      level: 'warning',
      code: 'FORGE_SECRET_MISSING',
      message: `The environment ${name} does not hold ${missing.map(shown).join(', ')}, which workflows of this clone take from it.`,
      cure: `Set them as step 4 in ${guide} says; what your workflows do without, take out of them.`,
    })
  }
  if (names === undefined) {
    const message = `This token may not see which secrets the environment ${name} holds.`
    findings.push({ level: 'note', code: 'FORGE_SECRETS_UNTOLD', message, cure: 'Look yourself, or use one that may read environments.' })
  }
  return findings
}

function ofWorkflow(file: string, state: string | undefined): readonly Finding[] {
  if (state === 'active') return []
  if (state === undefined) {
    return [
      {
        level: 'warning',
        code: 'FORGE_NO_WORKFLOW',
        message: `${mainBranch} has no .github/workflows/${file}.`,
        cure: 'Write it anew with `tidemark init --github`, then commit it on main.',
      },
    ]
  }
  return [
    {
      level: state === 'disabled_inactivity' ? 'error' : 'warning',
      code: 'FORGE_WORKFLOW_OFF',
      message: `The workflow ${file} is switched off (${shown(state)}).`,
      cure: `Switch it on: gh workflow enable ${file}`,
    },
  ]
}

function untold({ visibility }: ForgeRepository): Finding {
  const why =
    visibility === 'private'
      ? 'the plan has none (private repositories need a paid one), or the token may not see them'
      : 'the token may not see them'
  return {
    level: 'warning',
    code: 'FORGE_RULES_UNTOLD',
    message: `GitHub tells no rules of branches: ${why}. Until it does, take it that main changes without a review and that snapshots are pushed by others.`,
    cure: 'Use the token of an administrator of the repository, or a plan that has rulesets.',
  }
}

function shown(name: string): string {
  return printable(name, 150)
}
