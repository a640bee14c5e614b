// One backup in a process of its own, so that memory and processor time are this backup's alone. Prints one JSON line.
import type { JiraSite } from '../../src/products/jira/site.ts'

// The built program, as users run it: Node that strips types first needs 50 MiB more.
const { backup } = (await import('../../dist/flows/backup.js' as string)) as typeof import('../../src/flows/backup.ts')
const { systemClock } = (await import('../../dist/lib/clock.js' as string)) as typeof import('../../src/lib/clock.ts')
const { silentLog } = (await import('../../dist/lib/log.js' as string)) as typeof import('../../src/lib/log.ts')
const { connectSite, openSite } = (await import('../../dist/wiring/open.js' as string)) as typeof import('../../src/wiring/open.ts')

const [folder = '.'] = process.argv.slice(2)
const started = { wall: performance.now(), cpu: process.cpuUsage() }
const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }

await using opened = await openSite({ folder, environment: process.env, context }, undefined, { signs: true })
const site = connectSite(opened)
let readCpu = process.cpuUsage()
let readWall = performance.now()
const result = await backup(site, {
  tell: (event) => {
    if (event.what !== 'read') return
    readCpu = process.cpuUsage()
    readWall = performance.now()
  },
})
const cpu = process.cpuUsage(started.cpu)
const [jira] = site.connected
const http = (jira as { site: JiraSite }).site.stats()
process.stdout.write(
  `${JSON.stringify({
    state: result.state,
    changed: result.changes.length,
    objects: Object.fromEntries(Object.entries(result.counts).map(([type, { objects }]) => [type, objects])),
    wallSeconds: (performance.now() - started.wall) / 1000,
    readingSeconds: (readWall - started.wall) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    cpuAfterReadingSeconds: (process.cpuUsage().user + process.cpuUsage().system - readCpu.user - readCpu.system) / 1e6,
    peakMebibytes: process.resourceUsage().maxRSS / 1024,
    requests: http.requests,
    responseMilliseconds: http.measuredResponseMs,
  })}\n`,
)
if (process.env.PROF === undefined) process.exit(0)
