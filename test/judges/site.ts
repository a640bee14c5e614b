import { families, quirks } from '../../src/simulator/collections/index.ts'
import { seedProjects } from '../../src/simulator/collections/project-seed.ts'
import { seedWorkflowSchemes } from '../../src/simulator/collections/workflow-scheme-seed.ts'
import { seedWorkflows } from '../../src/simulator/collections/workflow-seed.ts'
import { operationsOf } from '../../src/simulator/rows.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'

/** A site with something of everything. The address must look real: jira.js checks it. */
export function startJudgedSite(): Promise<Simulator> {
  return startSimulator({
    sites: [
      {
        name: 'judged',
        fill(site) {
          seedWorkflows(site, 20)
          seedWorkflowSchemes(site, 4)
          seedProjects(site, 30)
        },
      },
    ],
  })
}

/** `GET /rest/api/3/screens`: every endpoint of the simulator, from its own table. */
export function endpoints(): readonly string[] {
  return [...quirks, ...families.flatMap((family) => operationsOf(family))].map(({ method, path }) => `${method} ${path}`)
}

/** A template with its parameters filled in, and the query. */
export function addressOf(
  template: string,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string>> = {},
): string {
  const path = template.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = params[name]
    if (value === undefined) throw new Error(`${template} lacks its parameter ${name}.`)
    return encodeURIComponent(value)
  })
  const search = new URLSearchParams(query).toString()
  return search === '' ? path : `${path}?${search}`
}
