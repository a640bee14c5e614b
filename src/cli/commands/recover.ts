import { type Command, Option } from 'commander'
import { snapshotNamed } from '../../flows/history.ts'
import { type Recovering, recover, type WaveReport } from '../../flows/recover.ts'
import type { SiteBackup } from '../../flows/recovery-branch.ts'
import { printable } from '../../model/printable.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { sourceOf, writePeople } from '../../wiring/recover.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { type OutputFlags, placeOf, withOutputOptions } from '../place.ts'

interface Options extends OutputFlags {
  readonly to: string
  readonly from?: string
  readonly commit?: string
  readonly siteBackup?: SiteBackup
  readonly people?: string
  readonly anew?: boolean
  readonly config?: string
}

export function addRecover(program: Command): void {
  const command = withOutputOptions(
    program
      .command('recover')
      .summary('bring a whole site back, step by step, when everything else is gone')
      .description(
        'Tells what has to be done, in its order, to bring a whole site back to a new one: licence, apps, people, then one request a product, then what is ' +
          'left to people. It writes the requests; you plan and apply them. Run it again at any time, on any machine: it tells what is done and what is next. ' +
          'A clone, the recovery sheet and credentials of the new site are all it needs; the site that is gone is not asked.',
      )
      .requiredOption('--to <site>', 'the destination, as tidemark.yaml calls it: `tidemark init` adds it')
      .option('--from <site>', 'the site that is brought back; needed only where there are several')
      .option('--commit <snapshot>', 'which of its snapshots: a commit, a day (2026-11-01) or HEAD~2 (otherwise the last one)')
      .addOption(
        new Option('--site-backup <state>', "Atlassian's own backup of the site, which alone holds work items").choices([
          'restored',
          'none',
        ]),
      )
      .option('--people <file>', 'where the list of people that the destination lacks goes, outside the repository (default: beside it)')
      .option('--anew', 'begin again although a recovery is under way')
      .option('-c, --config <file>', 'settings file (otherwise the nearest tidemark.yaml, upward)'),
  ).action(async (options: Options, own: Command) => {
    const output = outputOf(options)
    const place = placeOf(own, options)
    await using opened = await openSite(place, options.to, { signs: true })
    const name = sourceOf(opened, options.from)
    await using other = name === opened.site.name ? undefined : await openSite(place, name)
    const from = other?.deps ?? opened.deps
    const to = connectSite(opened)
    const commit = options.commit === undefined ? undefined : await snapshotNamed(from, options.commit)
    const recovering = await recover(to, from, {
      ...(commit === undefined ? {} : { commit }),
      ...(options.siteBackup === undefined ? {} : { siteBackup: options.siteBackup }),
      ...(options.anew === undefined ? {} : { anew: options.anew }),
    })
    const people = await writePeople(opened, recovering.lacking, options.people)
    output.text(asText(to.name, recovering, people))
    const { recovery, ...told } = recovering
    output.result('recover', { site: to.name, ...recovery, ...told, people: people ?? null, next: nextOf(to.name, recovering) ?? null })
    process.exitCode = recovery.ended === undefined ? exit.awaits : exit.done
  })
  withPage(command, {
    needs: [needs.git, needs.repository, `${needs.credentials}\n    (of the destination only)`, needs.key, needs.signingKey],
    examples: [
      'SOPS_AGE_KEY_FILE=tidemark-recovery-acme.txt tidemark recover --to fresh --site-backup none',
      'tidemark recover --to fresh     (again: what is done, what is next)',
    ],
    exits: { 2: 'something is left to do; the last line says what is next' },
  })
}

function asText(name: string, recovering: Recovering, people: string | undefined): string {
  const { recovery, licences, lacking, waves, later, minutes } = recovering
  const [apps, others] = [lacking.filter(({ need }) => need.kind === 'app'), lacking.filter(({ need }) => need.kind !== 'app')]
  const next = nextOf(name, recovering)
  return [
    `Recovery of ${name} from ${recovery.from.site} at ${recovery.from.commit.slice(0, 12)}, begun ${recovery.started}.`,
    `1. ${mark(true)} Atlassian's own backup: ${recovery.siteBackup === 'none' ? 'there is none; work items do not come back' : 'restored; what differs from it is repaired'}`,
    `2. ${mark(licences.some(({ plan }) => plan !== 'UNLICENSED'))} Licence: ${licences.map(({ application, plan }) => `${printable(application, 40)} ${printable(plan, 20).toLowerCase()}`).join(', ') || 'the site does not say'}`,
    ...(licences.some(({ plan }) => plan === 'FREE')
      ? ['       A free plan refuses some of what a paid one allows; the plan of each request says what.']
      : []),
    `3. ${mark(apps.length === 0)} Apps: ${apps.length === 0 ? 'all that rules need are installed' : 'install these first, their rules are refused without them'}`,
    ...appsAsLines(apps),
    `4. ${mark(others.length === 0)} People: ${others.length === 0 ? 'all that the snapshot names are there' : `${others.length} that the snapshot names are not there, are inactive, or cannot be told`}`,
    ...(people === undefined ? [] : [`       ${people}`, '       Invite them, or map them to others in the request (users: and groups:).']),
    ...waves.map((wave, place) => `${5 + place}. ${mark(wave.state === 'done')} ${waveAsText(wave)}`),
    ...later.map((product, place) => `${5 + waves.length + place}. ${mark(false)} ${product}: when those before are done`),
    ...waves.flatMap(({ result }) => (result?.manual ?? []).map(({ address, done }) => `     [${done ? 'x' : ' '}] by hand: ${address}`)),
    recovery.ended === undefined
      ? `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} so far. Next: ${next}`
      : `Done in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}. Back it up from now on: tidemark backup --site ${name}`,
  ].join('\n')
}

function appsAsLines(apps: Recovering['lacking']): readonly string[] {
  return [...Map.groupBy(apps, ({ need }) => need.id)].map(([id, modules]) => {
    const objects = new Set(modules.flatMap(({ by }) => by)).size
    const [link] = modules.flatMap(({ need }) => ('link' in need && need.link !== undefined ? [need.link] : []))
    const where = link ?? 'a Forge app; its page lists it under Apps, Manage apps of a site that has it'
    return `       ${printable(id, 100)}  (${objects} ${objects === 1 ? 'object' : 'objects'})  ${printable(where, 200)}`
  })
}

function waveAsText({ product, request, state, objects, result }: WaveReport): string {
  if (request === undefined) return `${product}: nothing differs`
  const how = result === undefined ? '' : `; ${result.done} steps done, ${result.failed} failed, ${result.skipped} skipped`
  return `${product}: ${objects} objects, request ${request}: ${state === 'done' ? 'done' : `to ${state}`}${how}`
}

/** The command that goes on from here; undefined when nothing is left. */
function nextOf(name: string, { waves }: Recovering): string | undefined {
  const wave = waves.find(({ state }) => state !== 'done')
  if (wave?.request === undefined) return undefined
  const commands = {
    plan: `tidemark plan ${wave.request} --site ${name}`,
    'plan again': `tidemark plan ${wave.request} --site ${name}`,
    apply: `tidemark apply ${wave.request} --site ${name}`,
    resume: `tidemark apply ${wave.request} --site ${name} --resume`,
    'by hand': `do by hand what is listed, then: tidemark restore check ${wave.request} --site ${name}`,
    done: undefined,
  } as const
  return commands[wave.state]
}

function mark(done: boolean): string {
  return done ? '[x]' : '[ ]'
}
