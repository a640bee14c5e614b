import { onTestFinished } from 'vitest'
import type { Forge } from '../../src/forge/forge.ts'
import { type GithubPlace, githubForge } from '../../src/forge/github.ts'
import type { Context } from '../../src/model/context.ts'
import { loadGithubJudge } from '../contract/github.ts'
import { type Recorder, recordThrough } from '../contract/recorder.ts'
import { type FastClock, fastClock } from '../doubles/fast-clock.ts'
import { type GithubDouble, type GithubDoubleOptions, startGithub } from '../doubles/github/github.ts'

export const judge = loadGithubJudge()

export interface ForgeKit {
  readonly github: GithubDouble
  readonly clock: FastClock
  readonly recorder: Recorder
  readonly context: Context
  /** What was logged, as text. */
  readonly logged: string[]
  /** With a GITHUB_TOKEN of these permissions, through the judge. */
  forge(credential?: Parameters<typeof githubForge>[0] extends infer Options ? Omit<Options, keyof GithubPlace> : never): Forge
}

/** All that the tool asks of GITHUB_TOKEN. */
export const everything = { contents: 'write', pull_requests: 'write', issues: 'write', checks: 'write', actions: 'read' } as const

/** A double behind the judge, on a clock that waits for nobody; gone when the test is done. */
export async function forgeKit(options: GithubDoubleOptions = {}): Promise<ForgeKit> {
  const clock = fastClock()
  const people = { ann: 'admin', ben: 'write', cas: 'write', dan: 'read' } as const
  const github = await startGithub({ people, clock, ...options })
  const recorder = await recordThrough(github.url, judge)
  const logged: string[] = []
  const log = (data: object, message: string) => void logged.push(`${message} ${JSON.stringify(data)}`)
  const context: Context = { clock, log: { info: log, warn: log, error: log }, signal: new AbortController().signal }
  onTestFinished(async () => {
    await recorder.close()
    await github.close()
  })
  return {
    ...{ github, clock, recorder, context, logged },
    forge: (credential = { token: github.githubToken(everything) }) =>
      githubForge({ repository: github.repository, api: recorder.url, context, ...(credential as { token: string }) }),
  }
}
