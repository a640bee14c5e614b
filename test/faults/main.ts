// npm run faults -- kill: an apply of some eighty steps is killed at every write (before the site hears of it; when it has done it and nobody knows), at every
// labelled point and at random moments, and resumed, here or in another clone. Prints the seed and ends with how many points passed.
//   --every n    only every n-th write and label        --random n   so many random moments (100)
//   --there n    every n-th point is resumed in another clone, which has to wait for the lease (40)        --seed n
//   --from n     begins with the n-th of them
//   --part i/n   of all these the i-th of n parts, so that several processes may share them
import { parseArgs } from 'node:util'
import { killAndResume, nameOf, type Point, undisturbed } from './kill.ts'
import { readyRestore } from './restore.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string', default: '1' },
    random: { type: 'string', default: '100' },
    there: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    from: { type: 'string', default: '1' },
    part: { type: 'string', default: '1/1' },
  },
})
if (positionals[0] !== 'kill') {
  console.error('Usage: npm run faults -- kill [--every n] [--random n] [--there n] [--seed n] [--from n] [--part i/n]')
  process.exit(3)
}
const [part = 1, parts = 1] = values.part.split('/').map(Number)
const [every, random, there] = [Number(values.every), Number(values.random), Number(values.there)]
let state = Number(values.seed)
/** Mulberry32: the same seed, the same moments. */
const dice = (): number => {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

await using ready = await readyRestore()
const whole = await undisturbed(ready)
const numbers = (most: number) => Array.from({ length: most }, (_none, index) => index + 1).filter((number) => number % every === 0)
const points: readonly Point[] = [
  ...numbers(whole.writes).flatMap((number): Point[] =>
    (['before', 'during'] as const).map((moment) => ({ what: 'write', number, moment })),
  ),
  ...numbers(whole.labels.length).map((number): Point => ({ what: 'label', number, name: whole.labels[number - 1] ?? '' })),
  ...Array.from({ length: random }, (): Point => ({ what: 'time', ms: Math.round(dice() * whole.ms) })),
]
console.log(
  `${ready.plan.steps.length} steps, ${whole.writes} writes, ${whole.labels.length} labelled points; ${points.length} kills; seed ${values.seed}`,
)
let passed = 0
let failed = 0
for (const [index, point] of points.entries()) {
  if (index + 1 < Number(values.from) || index % parts !== part - 1) continue
  const clone = (index + 1) % there === 0 ? 'there' : 'here'
  const problem = await killAndResume(ready, whole, point, clone).catch((error: unknown) => String(error))
  if (problem === undefined) passed += 1
  else {
    failed += 1
    console.log(`${nameOf(point)}, resumed ${clone}: ${problem}`)
  }
  if ((passed + failed) % 10 === 0) console.log(`${index + 1} of ${points.length}`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
