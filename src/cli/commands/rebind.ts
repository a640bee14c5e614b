import type { Command } from 'commander'
import { planRebind, type Rebinding, rebind } from '../../flows/rebind.ts'
import type { Address } from '../../model/address.ts'
import { TidemarkError } from '../../model/errors.ts'
import { printable } from '../../model/printable.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { addressGiven } from '../arguments.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { type OutputFlags, placeOf, withOutputOptions } from '../place.ts'

interface Options extends OutputFlags {
  readonly config?: string
  readonly acceptSite?: string
  readonly acceptOrder?: boolean
  readonly same?: readonly string[]
}

export function addRebind(program: Command): void {
  const command = withOutputOptions(
    program
      .command('rebind')
      .summary('go on with a site that was refreshed or replaced')
      .description(
        'After a sandbox refresh, or when a site was brought back from a backup of Atlassian, the configuration is the same and every id is another one. ' +
          'Reads the site, tells which object is which of the last snapshot, and what the next backup would find changed. With --accept-site it then ' +
          'writes the new ids in one commit. Until that is done, `tidemark backup` refuses the site: two sites are never mixed in one history.',
      )
      .argument('<site>', 'the site, as tidemark.yaml calls it; its url leads to the new one')
      .option('-c, --config <file>', 'settings file (otherwise the nearest tidemark.yaml, upward)')
      .option('--accept-site <cloudId>', 'write it, if the site that answers is this one (without the option its cloud id is only told)')
      .option('--accept-order', 'take objects that nothing tells apart in the order in which they were created')
      .option('--same <pairs...>', 'which is which: jira/screen/edit=jira/screen/edit-2'),
  ).action(async (name: string, options: Options, own: Command) => {
    const output = outputOf(options)
    const { acceptSite, acceptOrder = false, same = [] } = options
    await using opened = await openSite(placeOf(own, options), name, { signs: acceptSite !== undefined })
    const site = connectSite(opened)
    const rebinding = await planRebind(site, { same: new Map(same.map(pairGiven)), inOrder: acceptOrder })
    const { from, to, found, lost, changed, added, findings } = rebinding
    output.findings(findings)
    requireSite(acceptSite, to.cloudId)
    const done = acceptSite === undefined ? undefined : await rebind(site, rebinding)
    output.text(asText(name, rebinding, done?.commit))
    output.result('rebind', { site: name, from: from.cloudId, to: to.cloudId, found, lost, changed, added, ...done, findings })
    process.exitCode = done === undefined ? exit.awaits : exit.done
  })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key, `${needs.signingKey}\n    (with --accept-site)`],
    examples: ['tidemark rebind sandbox', 'tidemark rebind sandbox --accept-site 11111111-2222-3333-4444-555555555555'],
    exits: { 2: 'nothing was written yet: it waits for --accept-site, or for an answer' },
  })
}

function asText(name: string, { to, found, lost, changed, added, findings }: Rebinding, commit: string | undefined): string {
  const some = [
    ...lost.map((address) => `- ${address}  (not on the site)`),
    ...changed.map((address) => `~ ${address}  (differs)`),
    ...added.map((address) => `+ ${address}  (new)`),
  ]
  const open = findings.some(({ level }) => level === 'error')
  return [
    ...some.slice(0, shown),
    ...(some.length > shown ? [`… and ${some.length - shown} more`] : []),
    `${name}: ${found} objects found again, ${lost.length} not; the next backup finds ${added.length} added, ${changed.length} changed, ${lost.length} removed.`,
    commit === undefined
      ? `Nothing was written. ${open ? 'Answer what is open first.' : `To go on with this site: tidemark rebind ${name} --accept-site ${printable(to.cloudId, 80)}`}`
      : `Bound to cloud ${printable(to.cloudId, 80)}; commit ${commit.slice(0, 12)}. Next: tidemark backup --site ${name}`,
  ].join('\n')
}

function requireSite(accepted: string | undefined, cloudId: string): void {
  if (accepted === undefined || accepted === cloudId) return
  throw new TidemarkError('ACCESS_OTHER_SITE', `The site answers as cloud ${printable(cloudId, 80)}, not as the one that was accepted.`, {
    cure: 'Look at it again without --accept-site. Nothing was written.',
  })
}

function pairGiven(text: string): readonly [Address, Address] {
  const [from = '', to = ''] = text.split('=', 2)
  return [addressGiven(from), addressGiven(to)]
}

const shown = 20
