// One flow of a request in a process of its own, so that memory and processor time are its alone. Prints one JSON line.
//   request-once.ts <folder> backup <site> | ask <site> <from> <select…> | plan <site> <id> | apply <site> <id>
import type { JiraSite } from '../../src/products/jira/site.ts'

// The built program, as users run it.
const load = async <Module>(path: string) => (await import(`../../dist/${path}.js`)) as Module
const { backup } = await load<typeof import('../../src/flows/backup.ts')>('flows/backup')
const { askRestore } = await load<typeof import('../../src/flows/ask.ts')>('flows/ask')
const { snapshotNamed } = await load<typeof import('../../src/flows/history.ts')>('flows/history')
const { planRequest } = await load<typeof import('../../src/flows/plan-request.ts')>('flows/plan-request')
const { applyRequest } = await load<typeof import('../../src/flows/apply-request.ts')>('flows/apply-request')
const { findRequest, lifeOf, recordPlan } = await load<typeof import('../../src/flows/request-branch.ts')>('flows/request-branch')
const { systemClock } = await load<typeof import('../../src/lib/clock.ts')>('lib/clock')
const { silentLog } = await load<typeof import('../../src/lib/log.ts')>('lib/log')
const { connectSite, openSite } = await load<typeof import('../../src/wiring/open.ts')>('wiring/open')
const { sourcesOf } = await load<typeof import('../../src/wiring/requests.ts')>('wiring/requests')

const [folder = '.', verb = '', name = '', ...rest] = process.argv.slice(2)
const started = { wall: performance.now(), cpu: process.cpuUsage() }
const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }
const opened = await openSite({ folder, environment: process.env, context }, name, { signs: true })
const site = connectSite(opened)
const told = await done()
const cpu = process.cpuUsage(started.cpu)
const { requests, measuredResponseMs, byEndpoint } = (site.connected[0] as { site: JiraSite }).site.stats()
process.stdout.write(
  `${JSON.stringify({
    ...told,
    wallSeconds: (performance.now() - started.wall) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakMebibytes: process.resourceUsage().maxRSS / 1024,
    requests,
    responseMilliseconds: measuredResponseMs,
    byEndpoint: Object.fromEntries(Object.entries(byEndpoint).map(([endpoint, { requests: count }]) => [endpoint, count])),
  })}\n`,
)
process.exit(0)

async function done(): Promise<object> {
  if (verb === 'backup') return { state: (await backup(site)).state }
  if (verb === 'ask') {
    const [from = '', ...select] = rest
    const at = opened.settings.sites.has(from) ? (await openSite(opened.place, from)).deps : site
    const { request } = await askRestore(site, at, await snapshotNamed(at, at === site ? from : 'HEAD'), { select, delete: [] })
    return { id: request.id }
  }
  const asked = await findRequest(site.repository, rest[0] ?? '')
  if (verb === 'plan') {
    const { plan } = await planRequest(site, asked, await sourcesOf(opened, asked))
    await recordPlan(site.repository, asked.request.id, await lifeOf(site.repository, asked.request.id, site.trusted), plan)
    return { steps: plan.steps.length, errors: plan.findings.filter(({ level }) => level === 'error').length }
  }
  const { plan, result } = await applyRequest(site, asked, await sourcesOf(opened, asked))
  const creates = plan.steps.filter(({ verb: what }) => what === 'create').map(({ address }) => address.split('/').slice(0, 2).join('/'))
  return {
    state: result?.state,
    done: result?.done,
    creates: Object.fromEntries([...Map.groupBy(creates, (type) => type)].map(([type, all]) => [type, all.length])),
  }
}
