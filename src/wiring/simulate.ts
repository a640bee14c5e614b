import { TidemarkError } from '../model/errors.ts'
import { runSimulator } from '../simulator/main.ts'

export interface SimulateOptions {
  readonly site: string
  readonly scale: string
  readonly latency: string
  readonly port: string
  readonly seed: string
  readonly load?: string
}

/** Runs a simulated site until the signal aborts. Throws `USAGE_NUMBER` for an option that is no number in its range. */
export async function simulate(options: SimulateOptions, signal: AbortSignal): Promise<void> {
  const number = (name: 'scale' | 'latency' | 'port' | 'seed', most: number): number => {
    const value = Number(options[name])
    if (Number.isInteger(value) && value >= 0 && value <= most) return value
    throw new TidemarkError('USAGE_NUMBER', `--${name} must be a whole number from 0 to ${most}.`)
  }
  await runSimulator({
    site: options.site,
    scale: number('scale', 1000),
    latency: number('latency', 60_000),
    port: number('port', 65_535),
    seed: number('seed', 2 ** 31 - 1),
    ...(options.load === undefined ? {} : { load: options.load }),
    signal,
  })
}
