import { spawn } from 'node:child_process'
import { actionBundle } from '../../scripts/bundle-action.ts'
import type { Ran } from './kit.ts'

/**
 * As the runner starts an action: the file that action.yml names, and nothing in the environment but what a job has. `dies` is told what the job has said so
 * far; where it says so, the machine is gone.
 */
export function startAction(
  environment: Readonly<Record<string, string | undefined>>,
  dies: (text: string) => boolean = () => false,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [actionBundle], {
      cwd: environment['GITHUB_WORKSPACE'],
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (piece: string) => {
        texts[name] += piece
        if (dies(texts.stdout)) child.kill('SIGKILL')
      })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...texts }))
  })
}
