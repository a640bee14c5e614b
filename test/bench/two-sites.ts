// Two simulated sites in a process of their own: one that is full, and a fresh one with the same people and apps. Prints one JSON line and runs until it
// is stopped.
import { acme } from '../../src/simulator/presets.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import type { SiteState } from '../../src/simulator/state.ts'

const [latency = '0', scale = '1'] = process.argv.slice(2)
let full: SiteState | undefined
const simulator = await startSimulator({
  sites: [
    {
      name: 'full',
      fill: (site) => {
        acme({ scale: Number(scale), special: false })(site)
        full = site
      },
    },
    {
      name: 'fresh',
      fill: ({ accounts, settings }) => {
        for (const { accountId, email, displayName } of full?.accounts.all() ?? []) {
          if (accounts.get(accountId) === undefined) accounts.add({ accountId, email: `other-${email}`, displayName })
        }
        const rules = JSON.stringify([...(full?.store('workflow').all() ?? [])])
        for (const [, key = ''] of rules.matchAll(/"(?:appKey|key)":"([^"]+)"/g)) settings.apps.add(key)
      },
    },
  ],
  latency: Number(latency),
})
const [one, other] = ['full', 'fresh'].map((name) => {
  const { url, email, token } = simulator.site(name)
  return { url, email, token }
})
process.stdout.write(`${JSON.stringify({ full: one, fresh: other })}\n`)
