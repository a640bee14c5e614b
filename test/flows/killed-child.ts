/** One backup in a process of its own, as the command makes it: to be killed, and to be listened to. */
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { backup } from '../../src/flows/backup.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { connectSite, openSite } from '../../src/wiring/open.ts'

const [folder = ''] = process.argv.slice(2)
const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }
flushCompileCache()
process.send?.('ready')
await once(process, 'message')
await using opened = await openSite({ folder, environment: process.env, context }, 'acme', { signs: true })
const result = await backup(connectSite(opened))
console.log(JSON.stringify(result))
process.exit(0)
