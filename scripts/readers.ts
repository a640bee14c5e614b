import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fetchGithubOpenapi } from '../test/contract/fetch-github-openapi.ts'
import { extractOf } from '../test/contract/github-extract.ts'
import { fetchGoSops } from '../test/readers/fetch-go-sops.ts'
import { startGoSops } from '../test/readers/go-sops.ts'
import { prove } from '../test/readers/proof.ts'

// Proves what rests on packages that are too large to install: that the real sops (Go 3.9.2) reads what we seal and refuses what was tampered
// with, and that test/contract/github.json still is what GitHub's own document says. Run by `npm run test:readers`.

const cache = fileURLToPath(new URL('../.cache/readers', import.meta.url))
const seed = Number(process.env['READERS_SEED'] ?? Date.now() % 2 ** 31)

function giveUp(why: string): never {
  const mustRun = process.env['CI'] !== undefined && process.env['CI'] !== ''
  console.log(`${mustRun ? 'failed' : 'skipped'}: ${why}`)
  process.exit(mustRun ? 1 : 0)
}

function fail(why: string): never {
  console.log(`failed: ${why}`)
  process.exit(1)
}

const openapi = await fetchGithubOpenapi(cache)
if ('wrong' in openapi) fail(openapi.wrong)
if ('unreachable' in openapi) giveUp(`GitHub's document cannot be had: ${openapi.unreachable}`)
if (readFileSync(new URL('../test/contract/github.json', import.meta.url), 'utf8') !== extractOf(openapi.document)) {
  fail('test/contract/github.json is stale: run `node scripts/github-contract.ts` and commit what it writes')
}
console.log("test/contract/github.json is what GitHub's document says")

if (process.platform !== 'linux' || process.arch !== 'x64') giveUp('the Go reader is built for linux-x64 only')
const found = await fetchGoSops(cache)
if ('unreachable' in found) giveUp(`the Go reader cannot be had: ${found.unreachable}`)
if ('wrong' in found) fail(found.wrong)
const { passed, failures } = await prove((ageKeys) => startGoSops(found.program, ageKeys), seed)
for (const failure of failures.slice(0, 10)) console.log(failure)
if (failures.length > 0) console.log(`to repeat: READERS_SEED=${seed}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length > 0 ? 1 : 0
