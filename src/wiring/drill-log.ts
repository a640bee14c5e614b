import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DrillLine, DrillLog } from '../flows/drill-log.ts'
import { TidemarkError } from '../model/errors.ts'

/** The log of one drill: a file in the clone's own folder of git, a line of JSON for each fact, on the disk before `append` resolves. */
export interface DrillLogFile extends DrillLog {
  readonly tag: string
  remove(): Promise<void>
}

const tagPattern = /^tidemark-drill-[0-9a-f]{8}$/

export function drillLog(gitDir: string, tag: string): DrillLogFile {
  const folder = folderIn(gitDir)
  const file = join(folder, `${tag}.jsonl`)
  return {
    tag,
    async append(lines) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const handle = await open(file, 'a', 0o600)
      try {
        await handle.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
    read: async () => linesOf(await readFile(file, 'utf8').catch(() => ''), file),
    remove: () => rm(file, { force: true }),
  }
}

/** The logs of drills on a site that have not been cleaned up. */
export async function leftLogs(gitDir: string, site: string): Promise<readonly DrillLogFile[]> {
  const names = await readdir(folderIn(gitDir)).catch(() => [])
  const tags = names.map((name) => name.replace(/\.jsonl$/, '')).filter((tag) => tagPattern.test(tag))
  const logs: DrillLogFile[] = []
  for (const tag of tags.sort()) {
    const log = drillLog(gitDir, tag)
    if ((await log.read()).some((line) => line.what === 'begun' && line.site === site)) logs.push(log)
  }
  return logs
}

function folderIn(gitDir: string): string {
  return join(gitDir, 'tidemark', 'drills')
}

/** A last line that was cut off is none: what it would have told is found by its name and marker. */
function linesOf(text: string, file: string): readonly DrillLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): DrillLine => {
      try {
        return JSON.parse(line) as DrillLine
      } catch (cause) {
        throw new TidemarkError('DRILL_LOG', `${file} cannot be read.`, {
          cure: 'Delete in Jira what begins with the name of that file, then the file.',
          cause,
        })
      }
    })
}
