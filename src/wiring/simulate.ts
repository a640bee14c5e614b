import { type RunOptions, runSimulator } from '../simulator/main.ts'

/** Runs a simulated site until the signal aborts. Throws `USAGE_FOLDER` and `USAGE_PORT`. */
export async function simulate(options: Omit<RunOptions, 'signal' | 'stdout' | 'stderr'>, signal: AbortSignal): Promise<void> {
  await runSimulator({ ...options, signal })
}
