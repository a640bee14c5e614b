import { runAsMarkdown } from '../../engine/run-markdown.ts'
import { type BackupEvent, type BackupResult, backup } from '../../flows/backup.ts'
import { tellBackup } from '../../flows/pull/site-issue.ts'
import { lastReadings, patience, unreadAgain } from '../../flows/run-lines.ts'
import { typesNamed } from '../../flows/selection.ts'
import type { TypeName } from '../../model/address.ts'
import { TidemarkError } from '../../model/errors.ts'
import { findingOf } from '../../model/finding.ts'
import type { RunState } from '../../model/plan.ts'
import { printable } from '../../model/printable.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { type Door, each, sitesOf, unlessForge } from '../door.ts'
import { runUrl } from '../environment.ts'

/** What is told of a site that was backed up. */
interface BackedUp extends Pick<BackupResult, 'state' | 'run' | 'counts'> {
  readonly site: string
  readonly changed: boolean
  readonly commit: string | null
  readonly objects: number
  readonly findings: number
}

/** Backs up sites: the nightly job. */
export async function backupCommand(door: Door): Promise<void> {
  const { runner } = door
  const done: BackedUp[] = []
  const names = await sitesOf(door)
  await each(door, names, async (name) => {
    try {
      done.push(await backUp(door, name))
    } catch (error) {
      if (error instanceof TidemarkError && !door.place.context.signal.aborted) {
        await keepIssue(door, name, 'failed', [findingOf(error)])
      }
      throw error
    }
  })
  const [only] = done
  runner.output('changed', String(done.some(({ changed }) => changed)))
  runner.output('commit', names.length === 1 ? (only?.commit ?? '') : '')
  runner.output('state', worstOf(done.length < names.length, done))
  runner.output('objects', String(done.reduce((sum, { objects }) => sum + objects, 0)))
  runner.output('summary-json', { format: 1, command: 'backup', sites: done })
}

async function backUp(door: Door, name: string): Promise<BackedUp> {
  const { runner, place, inputs } = door
  await using opened = await openSite(place, name, { signs: true })
  const acceptRemovals = typesNamed(inputs.acceptRemovals, opened.deps.catalogue)
  const site = connectSite(opened)
  const titleOf = (type: TypeName) => site.catalogue.type(type)?.title ?? type
  const result = await backup(site, { acceptRemovals, tell: (event) => tellProgress(door, name, titleOf, event) })
  const { state, commit, run, counts, findings } = result
  runner.summary(runAsMarkdown({ site: name, ...result }, titleOf))
  for (const finding of findings) if (finding.level === 'error') runner.remark('warning', finding)
  if (state !== 'success') await judgePartial(door, opened.deps, counts)
  await keepIssue(door, name, state, findings)
  const objects = Object.values(counts).reduce((sum, count) => sum + count.objects, 0)
  runner.say(`${name}: ${objects} objects read, ${commit === undefined ? 'nothing changed' : `snapshot ${commit.slice(0, 12)}`}, ${state}.`)
  return { site: name, state, run, counts, changed: commit !== undefined, commit: commit ?? null, objects, findings: findings.length }
}

/** A run that could not read all is seen; it fails the job where that is wanted, or where it has lasted. */
async function judgePartial(
  { runner, inputs }: Door,
  deps: Parameters<typeof lastReadings>[0],
  counts: BackupResult['counts'],
): Promise<void> {
  const unread = Object.entries(counts).flatMap(([type, { complete }]) => (complete ? [] : [type]))
  const message = `${deps.name}: not read completely: ${unread.join(', ')}. All else is saved; what was not read keeps its last good files.`
  const lasting = unreadAgain(await lastReadings(deps, patience))
  if (lasting.length > 0) {
    runner.remark('error', {
      code: 'BACKUP_UNREAD',
      message: `${deps.name}: in ${patience} runs in a row not read completely: ${lasting.join(', ')}.`,
      cure: 'Mend what the findings name, or leave these types out with `exclude` in tidemark.yaml.',
    })
  } else runner.remark(inputs.failOnPartial ? 'error' : 'warning', { code: 'BACKUP_PARTIAL', message })
  if (lasting.length > 0 || inputs.failOnPartial) runner.failed()
}

/** The issue is a courtesy: a job that may not write issues has backed up all the same. */
async function keepIssue(door: Door, site: string, state: RunState, findings: BackupResult['findings']): Promise<void> {
  const { runner, environment } = door
  const where = runUrl(environment)
  await unlessForge(door, async () => {
    const forge = await door.forge()
    if (forge === undefined) runner.say(`${site}: no issue is kept, since nothing gives access to the forge.`)
    else await tellBackup(forge, { site, state, findings, ...(where === undefined ? {} : { where }) })
  })
}

function tellProgress({ runner }: Door, site: string, titleOf: (type: TypeName) => string, event: BackupEvent): void {
  if (event.what === 'read')
    runner.say(`${site}: ${titleOf(event.type)}: ${event.items}${event.gaps === 0 ? '' : ', not all could be read'}`)
  else if (event.what === 'waiting') runner.say(`${site}: waiting for another run to end: ${printable(event.purpose, 100)}`)
}

function worstOf(failed: boolean, done: readonly BackedUp[]): RunState {
  if (failed) return 'failed'
  return done.some(({ state }) => state !== 'success') ? 'partial_success' : 'success'
}
