import { code, escaped } from '../../engine/markdown.ts'
import { statusAsText } from '../../engine/render-status.ts'
import { type SiteStatus, statusOf } from '../../flows/status.ts'
import { openRuns } from '../../wiring/runs.ts'
import { type Door, each, sitesOf } from '../door.ts'

/** The dead man's switch: fails the job where the last backup of a site is too old. */
export async function statusCommand(door: Door): Promise<void> {
  const { runner, place, inputs } = door
  const found: SiteStatus[] = []
  await each(door, await sitesOf(door), async (name) => {
    for (const runs of await openRuns(place, name)) {
      const status = await statusOf(runs, { maxAge: inputs.maxAge, clock: place.context.clock })
      found.push(status)
      const text = statusAsText(status)
      runner.say(text)
      if (status.state === 'current') continue
      const cure = 'Look at the last runs of the backup workflow: whether it started, and why it failed.'
      runner.remark('error', { code: status.state === 'late' ? 'BACKUP_LATE' : 'BACKUP_UNREAD', message: text, cure })
      runner.failed()
    }
  })
  const rows = found.map((status) => `| ${code(status.site, true)} | ${status.state} | ${escaped(statusAsText(status))} |`)
  runner.summary(['### Backups', '', '| site | state | |', '|---|---|---|', ...rows, ''].join('\n'))
  runner.output('state', found.every(({ state }) => state === 'current') ? 'success' : 'failed')
  runner.output('summary-json', { format: 1, command: 'status', sites: found })
}
