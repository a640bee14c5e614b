/** The rules that our workflows obey, each one sentence and one function that names every place where it is broken. */
import { load } from 'js-yaml'

/** One workflow, as text and as read. */
export interface Workflow {
  readonly file: string
  readonly text: string
}

type Tree = { readonly [key: string]: unknown }

interface Step {
  readonly name: string
  readonly uses: string
  readonly run: string
  readonly with: Tree
  readonly whole: Tree
}

interface Job {
  readonly name: string
  readonly tree: Tree
  readonly steps: readonly Step[]
}

/** What broke a rule, where; nothing where it holds. */
export type Rule = (workflow: Workflow) => readonly string[]

/** The most that a job of each workflow may ask for. */
const rights: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'tidemark-backup.yml': { contents: 'read', issues: 'write' },
  'tidemark-check.yml': { contents: 'read' },
  'tidemark-plan.yml': { contents: 'read', 'pull-requests': 'write', checks: 'write' },
  'tidemark-comment.yml': { contents: 'read', 'pull-requests': 'write', checks: 'write' },
  'tidemark-apply.yml': { contents: 'read', 'pull-requests': 'write', checks: 'write' },
  'tidemark-request.yml': { contents: 'read', 'pull-requests': 'write', checks: 'write' },
  'tidemark-drift.yml': { contents: 'read', issues: 'write' },
  'tidemark-drill.yml': { contents: 'read' },
  'tidemark-reconcile.yml': { contents: 'read', issues: 'write', 'pull-requests': 'write', checks: 'write' },
  'release.yml': { contents: 'write', 'id-token': 'write', attestations: 'write' },
}

/** Which environment holds the secrets of which workflow: those that write to Jira have one of their own. */
const environments: Readonly<Record<string, string>> = {
  'tidemark-backup.yml': 'tidemark-plan',
  'tidemark-plan.yml': 'tidemark-plan',
  'tidemark-request.yml': 'tidemark-plan',
  'tidemark-drift.yml': 'tidemark-plan',
  'tidemark-drill.yml': 'tidemark-plan',
  'tidemark-comment.yml': 'tidemark-apply',
  'tidemark-apply.yml': 'tidemark-apply',
  'tidemark-reconcile.yml': 'tidemark-apply',
  'release.yml': 'release',
}

/** Events that carry only what stands on main: for all others a job sees somebody's proposal. */
const triggers: Readonly<Record<string, readonly string[]>> = {
  'tidemark-backup.yml': ['schedule', 'workflow_dispatch'],
  'tidemark-check.yml': ['pull_request', 'merge_group'],
  'tidemark-plan.yml': ['workflow_run'],
  'tidemark-comment.yml': ['issue_comment'],
  'tidemark-apply.yml': ['push', 'workflow_dispatch'],
  'tidemark-request.yml': ['workflow_dispatch'],
  'tidemark-drift.yml': ['schedule', 'workflow_dispatch'],
  'tidemark-drill.yml': ['schedule', 'workflow_dispatch'],
  'tidemark-reconcile.yml': ['schedule', 'workflow_dispatch', 'public'],
  'release.yml': ['workflow_dispatch'],
}

export const rules: Readonly<Record<string, Rule>> = {
  'pins every action to a whole commit, with the version beside it': ({ text }) =>
    text
      .split('\n')
      .filter((line) => /^\s*(?:-\s+)?uses:/.test(line) && !/uses: [\w./-]+@[0-9a-f]{40} # \S/.test(line))
      .map((line) => line.trim()),

  'gives no right to anybody at the top': (workflow) => {
    const permissions = treeOf(workflow)['permissions']
    return isTree(permissions) && Object.keys(permissions).length === 0 ? [] : [`permissions: ${JSON.stringify(permissions)}`]
  },

  'gives each job its own rights, and no more than its work needs': (workflow) =>
    jobsOf(workflow).flatMap(({ name, tree }) => {
      if (!isTree(tree['permissions'])) return [`${name}: ${JSON.stringify(tree['permissions'])}`]
      return Object.entries(tree['permissions'])
        .filter(([right, level]) => rights[workflow.file]?.[right] !== level && level !== 'none')
        .map(([right, level]) => `${name}: ${right}: ${String(level)}`)
    }),

  'starts at nothing but what it is for, and never at pull_request_target': (workflow) =>
    Object.keys(triggersOf(workflow)).filter(
      (event) => event === 'pull_request_target' || triggers[workflow.file]?.includes(event) !== true,
    ),

  'puts no expression into a script': (workflow) =>
    stepsOf(workflow)
      .filter(({ run, with: inputs }) => run.includes('${{') || String(inputs['script'] ?? '').includes('${{'))
      .map(({ name }) => name),

  'uses nothing that an outsider writes, but in conditions and names of groups': (workflow) => {
    const outside = expressionWith(String.raw`github\.(?:event|head_ref|ref_name)|inputs`)
    return jobsOf(workflow).flatMap(({ name, tree }) => {
      const { concurrency: _group, if: _condition, ...rest } = tree
      return textsIn(rest)
        .filter((text) => outside.test(text))
        .map((text) => `${name}: ${text}`)
    })
  },

  'checks out main by name where it holds secrets, and never a head': (workflow) =>
    jobsOf(workflow).flatMap(({ name, tree, steps }) =>
      steps
        .filter(({ uses }) => uses.startsWith('actions/checkout@'))
        .filter(({ with: inputs }) => {
          const other = inputs['repository'] !== undefined || inputs['allow-unsafe-pr-checkout'] !== undefined
          return other || inputs['ref'] !== (isPrivileged(tree) ? 'main' : undefined)
        })
        .map(({ with: inputs }) => `${name}: ref ${String(inputs['ref'])}`),
    ),

  'leaves no token in the clone': (workflow) =>
    stepsOf(workflow)
      .filter(({ uses, with: inputs }) => uses.startsWith('actions/checkout@') && inputs['persist-credentials'] !== false)
      .map(({ name }) => name),

  'ends each job after a time of its own': (workflow) =>
    jobsOf(workflow)
      .filter(({ tree }) => !(Number(tree['timeout-minutes']) > 0 && Number(tree['timeout-minutes']) < 360))
      .map(({ name }) => name),

  'lets jobs wait for each other, all of them, and cancels none': (workflow) =>
    jobsOf(workflow)
      .filter(({ tree }) => {
        const { group, queue, 'cancel-in-progress': cancels } = isTree(tree['concurrency']) ? tree['concurrency'] : {}
        return typeof group !== 'string' || queue !== 'max' || cancels !== false
      })
      .map(({ name }) => name)
      .concat(treeOf(workflow)['concurrency'] === undefined ? [] : ['the whole workflow']),

  'has no cache, and takes nothing from other runs, where it holds secrets': (workflow) =>
    jobsOf(workflow)
      .filter(({ tree }) => isPrivileged(tree))
      .flatMap(({ name, steps }) =>
        steps
          .filter(
            ({ uses, with: inputs }) =>
              /^actions\/(?:cache|download-artifact)\b/.test(uses) || Object.keys(inputs).some((key) => /cache/i.test(key)),
          )
          .map((step) => `${name}: ${step.name}`),
      ),

  'holds secrets only in jobs of the environment that is limited to main': (workflow) =>
    jobsOf(workflow)
      .filter(({ tree }) => {
        const usesSecrets = textsIn(tree).some((text) => expressionWith('secrets|vars').test(text))
        return tree['environment'] !== environments[workflow.file] || (usesSecrets && tree['environment'] === undefined)
      })
      .map(({ name, tree }) => `${name}: ${String(tree['environment'])}`),

  'names each secret by its whole name, so that a job is given those and no others': ({ text }) =>
    [...text.matchAll(/\$\{\{.*?\}\}/gs)].map(([found]) => found).filter((found) => /\bsecrets\s*(?:\[|\)|\}|,)/.test(found)),

  'keeps secrets out of all but the step that needs them': (workflow) =>
    jobsOf(workflow).flatMap(({ name, tree, steps }) => {
      const { steps: _steps, ...around } = tree
      const ours = ({ uses }: Step) => /\/tidemark-action@/.test(uses)
      const places = [
        ...textsIn(around),
        ...textsIn(treeOf(workflow)['env']),
        ...steps.filter((step) => !ours(step)).flatMap(({ whole }) => textsIn(whole)),
      ]
      return places.filter((text) => expressionWith('secrets').test(text)).map((text) => `${name}: ${text}`)
    }),

  'checks pull requests without a secret, an environment or a right to write': (workflow) =>
    Object.keys(triggersOf(workflow)).includes('pull_request')
      ? jobsOf(workflow)
          .filter(({ tree }) => isPrivileged(tree) || Object.values(tree['permissions'] ?? {}).includes('write'))
          .map(({ name }) => name)
      : [],

  'looks again at what is to be merged into another branch, and answers a merge queue': (workflow) => {
    const on = triggersOf(workflow)
    if (!Object.keys(on).includes('pull_request')) return []
    const types: readonly unknown[] =
      isTree(on['pull_request']) && Array.isArray(on['pull_request']['types']) ? on['pull_request']['types'] : []
    return [
      ...['opened', 'synchronize', 'reopened', 'edited'].filter((type) => !types.includes(type)),
      ...(Object.keys(on).includes('merge_group') ? [] : ['merge_group']),
    ]
  },

  'plans only well-formed requests, of branches of this very repository': (workflow) => {
    if (!Object.keys(triggersOf(workflow)).includes('workflow_run')) return []
    const needed = [
      "github.event.workflow_run.event == 'pull_request'",
      "github.event.workflow_run.conclusion == 'success'",
      'github.event.workflow_run.head_repository.full_name == github.repository',
      "startsWith(github.event.workflow_run.head_branch, 'requests/')",
    ]
    return jobsOf(workflow).flatMap(({ name, tree }) => {
      const asked = String(tree['if'] ?? '')
        .split('&&')
        .map((part) => part.trim())
      return needed.filter((part) => !asked.includes(part)).map((part) => `${name}: ${part}`)
    })
  },

  'obeys only new comments of people, on pull requests': (workflow) => {
    const event = triggersOf(workflow)['issue_comment']
    if (event === undefined) return []
    const types = isTree(event) && Array.isArray(event['types']) ? event['types'].join() : 'all'
    return [
      ...(types === 'created' ? [] : [`types: ${types}`]),
      ...jobsOf(workflow).flatMap(({ name, tree }) => {
        const asked = String(tree['if'] ?? '')
          .split('&&')
          .map((part) => part.trim())
        return ['github.event.issue.pull_request', "github.event.comment.user.type == 'User'"]
          .filter((part) => !asked.includes(part))
          .map((part) => `${name}: ${part}`)
      }),
    ]
  },

  'starts at no full hour': (workflow) => {
    const schedule = triggersOf(workflow)['schedule']
    const crons = Array.isArray(schedule) ? schedule.map((entry) => String(entry?.cron)) : []
    return crons.filter((cron) => !/^(?:[1-9]|[1-5][0-9]) /.test(cron))
  },

  'runs on machines of GitHub, that no other job has used before': (workflow) =>
    jobsOf(workflow)
      .filter(({ tree }) => tree['runs-on'] !== 'ubuntu-latest')
      .map(({ name, tree }) => `${name}: ${JSON.stringify(tree['runs-on'])}`),
}

/** Those that say something of a release: it starts no command of ours, and it is given a version by a person. */
const alsoForReleases = [
  'pins every action to a whole commit, with the version beside it',
  'gives no right to anybody at the top',
  'gives each job its own rights, and no more than its work needs',
  'starts at nothing but what it is for, and never at pull_request_target',
  'puts no expression into a script',
  'leaves no token in the clone',
  'ends each job after a time of its own',
  'lets jobs wait for each other, all of them, and cancels none',
  'has no cache, and takes nothing from other runs, where it holds secrets',
  'holds secrets only in jobs of the environment that is limited to main',
  'names each secret by its whole name, so that a job is given those and no others',
  'runs on machines of GitHub, that no other job has used before',
]

/** The rules of the workflow that releases us, with what holds there in place of the others. */
export const releaseRules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(alsoForReleases.map((name) => [name, rules[name] as Rule])),

  'releases the commit of main that it was started at, and no other': (workflow) =>
    jobsOf(workflow).flatMap(({ name, tree, steps }) => [
      ...(tree['if'] === "github.ref == 'refs/heads/main'" ? [] : [`${name}: if ${String(tree['if'])}`]),
      ...steps
        .filter(({ uses, with: inputs }) => uses.startsWith('actions/checkout@') && ('ref' in inputs || 'repository' in inputs))
        .map((step) => `${name}: ${step.name}`),
    ]),

  'takes what a person types by a variable alone, and looks at its form before anything else is done': (workflow) => {
    const typed = expressionWith(String.raw`github\.(?:event|head_ref|ref_name)|inputs`)
    return jobsOf(workflow).flatMap(({ name, tree, steps }) => {
      const { env, ...rest } = tree
      const variables = Object.entries(isTree(env) ? env : {}).filter(([, text]) => typed.test(String(text)))
      const [first] = steps.filter(({ uses }) => !uses.startsWith('actions/checkout@'))
      return [
        ...textsIn(rest).filter((text) => typed.test(text)),
        ...variables
          .filter(
            ([variable]) =>
              first?.run.startsWith(`[[ "$${variable}" =~ ^`) !== true || !/^[^\n]*\$ \]\] \|\| \{.*exit 1; \}\n/.test(first.run),
          )
          .map(([variable]) => variable),
      ].map((place) => `${name}: ${place}`)
    })
  },

  'gives a secret to the one step that needs it, by its environment': (workflow) =>
    jobsOf(workflow).flatMap(({ name, tree, steps }) => {
      const { steps: _steps, ...around } = tree
      const secret = expressionWith(String.raw`secrets|github\.token`)
      const places = [
        ...textsIn(treeOf(workflow)['env']),
        ...textsIn(around),
        ...steps.flatMap(({ whole }) => {
          const { env: _env, ...rest } = whole
          return textsIn(rest)
        }),
      ]
      return places.filter((text) => secret.test(text)).map((text) => `${name}: ${text}`)
    }),
}

function treeOf({ text }: Workflow): Tree {
  return load(text) as Tree
}

// `on: push`, `on: [push]` and `on: {push: …}` say the same.
function triggersOf(workflow: Workflow): Tree {
  const on = treeOf(workflow)['on']
  if (typeof on === 'string') return { [on]: null }
  return Array.isArray(on) ? Object.fromEntries(on.map((event) => [event, null])) : isTree(on) ? on : {}
}

function jobsOf(workflow: Workflow): readonly Job[] {
  return Object.entries((treeOf(workflow)['jobs'] ?? {}) as Record<string, Tree>).map(([name, tree]) => ({
    name,
    tree,
    steps: ((tree['steps'] ?? []) as readonly Tree[]).map((step, index) => ({
      name: String(step['name'] ?? step['uses'] ?? `step ${index + 1}`),
      uses: String(step['uses'] ?? ''),
      run: String(step['run'] ?? ''),
      with: isTree(step['with']) ? step['with'] : {},
      whole: step,
    })),
  }))
}

function stepsOf(workflow: Workflow): readonly Step[] {
  return jobsOf(workflow).flatMap(({ steps }) => steps)
}

function isPrivileged(job: Tree): boolean {
  return job['environment'] !== undefined || textsIn(job).some((text) => expressionWith('secrets').test(text))
}

/** Finds `${{ … }}` that holds one of the words, wherever in it. */
function expressionWith(words: string): RegExp {
  return new RegExp(String.raw`\$\{\{(?:(?!\}\}).)*\b(?:${words})\b`, 's')
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
