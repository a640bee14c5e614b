import type { Command } from 'commander'
import { outcomeAsText } from '../../engine/render-outcome.ts'
import { applyRequest } from '../../flows/apply-request.ts'
import { findRequest } from '../../flows/request-branch.ts'
import { memoryJournal } from '../../flows/restore.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { sourcesOf } from '../../wiring/requests.ts'
import { applyProgressOf } from '../apply-progress.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addApply(program: Command): void {
  const command = withSiteOptions(program.command('apply'))
    .summary('do what was planned')
    .description(
      'Carries out the plan of a request that `tidemark plan` recorded last. If the site, the request or its sources have changed so that another plan\n' +
        'would be made now, it refuses and writes nothing. The site is backed up before the first write and after the last.',
    )
    .argument('<request>', 'the id of a request: 2026-11-01-restore-acme')
    .action(async (id: string, options: SiteOptions, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site, { signs: true })
      const site = connectSite(opened)
      const asked = await findRequest(site.repository, id)
      const progress = applyProgressOf(site.catalogue.types, output)
      const { plan, result } = await applyRequest(site, asked, await sourcesOf(opened, asked), {
        journal: async (approved) => {
          progress.begin(approved)
          return memoryJournal()
        },
        tell: progress.tell,
      }).finally(progress.end)
      const { undone } = progress
      if (result === undefined) output.text('Nothing to do: nothing was written.')
      else {
        const applied = { ...result, manual: result.manual.length, plan, request: id, undone }
        output.text(outcomeAsText(applied, { catalogue: site.catalogue, url: opened.site.url }))
      }
      output.result('apply', { site: site.name, id, result: result ?? null, findings: undone, lost: plan.lost })
      process.exitCode =
        result === undefined || result.state === 'success' ? exit.done : result.state === 'failed' ? exit.failed : exit.partial
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key, needs.signingKey],
    examples: ['tidemark apply 2026-11-01-restore-acme'],
    exits: { 5: 'partial success: some steps failed, or are left to a person' },
  })
}
