import { type SimulatedSite, type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import type { SiteState } from '../../src/simulator/state.ts'
import { connect, type OpenedSite } from './site.ts'
import { type WholeSite, wholeSite } from './whole-site.ts'

/** The site `acme` as the settings would lead to it now: another Jira site behind the same name. */
export class Refreshed implements AsyncDisposable {
  readonly whole: WholeSite
  readonly #simulator: Simulator
  readonly #opened: OpenedSite[] = []

  constructor(whole: WholeSite, simulator: Simulator) {
    this.whole = whole
    this.#simulator = simulator
  }

  get site(): SimulatedSite {
    return this.#simulator.site('refreshed')
  }

  async open(): Promise<OpenedSite> {
    const { repository, leases, journalFile, vault, trusted, context } = await this.whole.open()
    const known = { repository, leases, journalFile, vault, trusted, context }
    const opened = connect({ ...this.site, name: 'acme' }, known, this.site.url, context)
    this.#opened.push(opened)
    return opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { jira } of this.#opened) await jira.close()
    await this.#simulator.stop()
    await this.whole[Symbol.asyncDispose]()
  }
}

/** A site of a repository, not backed up yet, and the one that takes its place, each filled. */
export async function refreshed(fill: (state: SiteState) => void = () => {}): Promise<Refreshed> {
  const whole = await wholeSite({ fill })
  return new Refreshed(whole, await startSimulator({ sites: [{ name: 'refreshed', fill }], seed: 17, clock: whole.clock }))
}
