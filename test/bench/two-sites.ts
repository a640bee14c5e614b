// Two simulated sites in a process of their own: one that is full, and a fresh one. Prints one JSON line and runs until it is stopped.
import { acme } from '../../src/simulator/presets.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'

const [latency = '0', scale = '1'] = process.argv.slice(2)
const simulator = await startSimulator({
  sites: [{ name: 'full', fill: acme({ scale: Number(scale), special: false }) }, { name: 'fresh' }],
  latency: Number(latency),
})
const [full, fresh] = ['full', 'fresh'].map((name) => {
  const { url, email, token } = simulator.site(name)
  return { url, email, token }
})
process.stdout.write(`${JSON.stringify({ full, fresh })}\n`)
