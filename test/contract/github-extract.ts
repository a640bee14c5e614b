import { type Dictionary, isDictionary, type Node } from './json-schema.ts'

/** What of GitHub's REST API the forge uses. Whoever needs another operation adds it here and runs `node scripts/github-contract.ts`. */
export const operations = [
  'GET /app',
  'POST /app/installations/{installation_id}/access_tokens',
  'GET /repos/{owner}/{repo}',
  'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}',
  'GET /repos/{owner}/{repo}/activity',
  'GET /repos/{owner}/{repo}/branches',
  'GET /repos/{owner}/{repo}/branches/{branch}/protection',
  'POST /repos/{owner}/{repo}/check-runs',
  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
  'GET /repos/{owner}/{repo}/environments/{environment_name}',
  'GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies',
  'GET /repos/{owner}/{repo}/environments/{environment_name}/secrets',
  'GET /repos/{owner}/{repo}/environments/{environment_name}/variables',
  'GET /repos/{owner}/{repo}/installation',
  'GET /repos/{owner}/{repo}/issues',
  'POST /repos/{owner}/{repo}/issues',
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'GET /repos/{owner}/{repo}/pulls',
  'POST /repos/{owner}/{repo}/pulls',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews',
  'GET /repos/{owner}/{repo}/rules/branches/{branch}',
  'GET /user',
  'GET /users/{username}',
] as const

/** The part of GitHub's OpenAPI document that these operations and all they refer to make up, without prose and examples, as text. */
export function extractOf(document: Dictionary): string {
  const paths: Record<string, Dictionary> = {}
  const components: Record<string, Dictionary> = {}
  const open: string[] = []

  function take(node: Node | undefined): Node {
    const bare = withoutProse(node ?? null, false)
    open.push(...referencesIn(bare))
    return bare
  }

  for (const operation of operations) {
    const [method = '', path = ''] = operation.split(' ')
    const definition = at(document, 'paths', path, method.toLowerCase())
    if (definition === undefined) throw new Error(`the document has no ${operation}`)
    paths[path] = { ...paths[path], [method.toLowerCase()]: take(definition) }
  }
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    const [, , kind = '', name = ''] = reference.split('/')
    if (components[kind]?.[name] !== undefined) continue
    components[kind] = { ...components[kind], [name]: take(at(document, 'components', kind, name)) }
  }
  const version = at(document, 'info', 'version') ?? null
  return linesOf({ openapi: document['openapi'] ?? null, info: { version }, paths, components })
}

/** A line for each operation and each component, so that a newer version can be reviewed. */
function linesOf(extract: Dictionary): string {
  const groups = [['paths', extract['paths'] as Dictionary], ...Object.entries(extract['components'] as Dictionary)] as [
    string,
    Dictionary,
  ][]
  const blocks = groups.map(([name, members]) => {
    const lines = Object.keys(members)
      .sort()
      .map((key) => `${JSON.stringify(key)}: ${JSON.stringify(members[key])}`)
    return `${JSON.stringify(name)}: {\n${lines.join(',\n')}\n}`
  })
  const head = `"openapi": ${JSON.stringify(extract['openapi'])}, "info": ${JSON.stringify(extract['info'])}`
  const [first, ...rest] = blocks
  return `{\n${head},\n${first},\n"components": {\n${rest.join(',\n')}\n}\n}\n`
}

const prose = new Set(['description', 'summary', 'title', 'example', 'examples', 'externalDocs', 'tags', 'deprecated'])

/** Names of properties are no keywords: an issue has a `title`. */
function withoutProse(node: Node, areNames: boolean): Node {
  if (Array.isArray(node)) return node.map((item) => withoutProse(item, false))
  if (!isDictionary(node)) return node
  const kept = Object.entries(node).filter(([key]) => areNames || !(prose.has(key) || key.startsWith('x-')))
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutProse(value, !areNames && key === 'properties')]))
}

function referencesIn(node: Node): string[] {
  if (Array.isArray(node)) return node.flatMap(referencesIn)
  if (!isDictionary(node)) return []
  const own = typeof node['$ref'] === 'string' ? [node['$ref']] : []
  return [...own, ...Object.values(node).flatMap(referencesIn)]
}

function at(document: Dictionary, ...keys: readonly string[]): Node | undefined {
  let node: Node | undefined = document
  for (const key of keys) node = isDictionary(node) ? node[key] : undefined
  return node
}
