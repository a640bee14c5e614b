// How long the bundled action takes from its start to its first request to a site. The target is 700 ms; a figure, not a test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { actionBundle, bundleAction } from '../../scripts/bundle-action.ts'
import { jobs } from '../action/kit.ts'

const rounds = 7
const size = await bundleAction()
await using on = await jobs()
const times: number[] = []
for (let round = 0; round < rounds; round += 1) {
  const environment = await on.setUp({ command: 'backup' })
  const before = on.site.counters.requests
  const began = performance.now()
  const child = spawn(process.execPath, [actionBundle], { env: environment, stdio: 'ignore' })
  const looking = setInterval(() => {
    if (on.site.counters.requests === before) return
    times.push(performance.now() - began)
    clearInterval(looking)
  }, 1)
  await once(child, 'close')
  clearInterval(looking)
}
times.sort((a, b) => a - b)
const shown = (time: number | undefined) => `${Math.round(time ?? Number.NaN)} ms`
process.stdout.write(
  `action: ${Math.ceil(size / 1024)} KiB; start to first request: median ${shown(times[times.length >> 1])}, worst ${shown(times.at(-1))}, of ${times.length} starts\n`,
)
