// What the runner starts: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-javascript-actions
import { TidemarkError } from '../model/errors.ts'
import { forgeFor } from '../wiring/open-forge.ts'
import { runAction } from './run.ts'

const stopped = new AbortController()
// A job that is cancelled has seven and a half seconds: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () =>
    stopped.abort(
      new TidemarkError('USAGE_STOPPED', `Stopped by ${signal}.`, {
        cure: 'An apply that had begun is finished by the next run of reconcile. All else is written whole, at its end, or not at all.',
      }),
    ),
  )
}

const write = (text: string) => void process.stdout.write(text)
const code = await runAction({ environment: process.env, write, forgeFor, signal: stopped.signal })
// Whatever stays open is nobody's any more: connections that are kept alive would hold the job for seconds.
process.stdout.write('', () => process.exit(code))
