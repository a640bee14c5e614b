/**
 * One apply, or its resumption, in a process of its own, to be killed. It passes labelled points (a file about to grow, branches about to move, and both
 * done), and ends itself at the one of the number it was given; without one it says at its end how many there were.
 */
import { once } from 'node:events'
import { applyRequest, resumeRequest } from '../../src/flows/apply-request.ts'
import { findRequest, isOpen, lifeOf } from '../../src/flows/request-branch.ts'
import type { ConnectedSite } from '../../src/flows/site.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { leasesOf } from '../../src/repository/lease.ts'
import type { Repository } from '../../src/repository/repository.ts'
import { connectSite, openSite } from '../../src/wiring/open.ts'
import { sourcesOf } from '../../src/wiring/requests.ts'

const [folder = '', site = '', id = '', label = '0'] = process.argv.slice(2)
const fatal = Number(label)
const labels: string[] = []

function pass(name: string): void {
  labels.push(name)
  if (labels.length === fatal) process.kill(process.pid, 'SIGKILL')
}

async function around<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  pass(`before ${name}`)
  const value = await work()
  pass(`after ${name}`)
  return value
}

const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }
process.send?.('ready')
await once(process, 'message')
const opened = await openSite({ folder, environment: process.env, context }, site, { signs: true })
const connected = connectSite(opened)
const { repository: plain } = connected
const repository: Repository = {
  ...plain,
  publish: (updates) =>
    around(`publish ${updates.map(({ branch }) => branch.split('/').slice(-2, -1)).join('+')}`, () => plain.publish(updates)),
}
const deps: ConnectedSite = {
  ...connected,
  repository,
  // As long as a machine under load needs, and no longer: the tests wait for it.
  leases: leasesOf({ site, repository, trusted: connected.trusted, clock: systemClock, terms: { seconds: 15, deadlineSeconds: 1 } }),
  journalFile: (request, plan) => {
    const file = connected.journalFile(request, plan)
    return { ...file, append: (lines) => around('journal', () => file.append(lines)) }
  },
}
const asked = await findRequest(repository, id)
const life = await lifeOf(repository, id, deps.trusted)
const failures: string[] = []
const { result } = await (isOpen(life) ? resumeRequest : applyRequest)(deps, asked, await sourcesOf(opened, asked), {
  tell: (event) => event.what === 'failed' && failures.push(`${event.step.id}: ${event.finding.message}`),
})
console.log(JSON.stringify({ result, labels, failures }))
process.exit(0)
