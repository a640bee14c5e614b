import type { Command } from 'commander'
import { outcomeAsText } from '../../engine/render-outcome.ts'
import { type ApplyRequestOptions, abandonRequest, applyRequest, resumeRequest } from '../../flows/apply-request.ts'
import { type Asked, findRequest } from '../../flows/request-branch.ts'
import type { ConnectedSite } from '../../flows/site.ts'
import { TidemarkError } from '../../model/errors.ts'
import { type AppliedHere, applyHere } from '../../wiring/apply-here.ts'
import { connectSite, type OpenSite } from '../../wiring/open.ts'
import { openSiteOf, sourcesOf } from '../../wiring/requests.ts'
import { applyProgressOf } from '../apply-progress.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, siteOfRequest, withSiteOptions } from '../place.ts'
import { waitingFor } from '../progress.ts'

interface Options extends SiteOptions {
  readonly resume?: boolean
  readonly abandon?: boolean
  readonly emergency?: boolean
  readonly reason?: string
}

export function addApply(program: Command): void {
  const command = withSiteOptions(program.command('apply'), siteOfRequest)
    .summary('do what was planned')
    .description(
      'Carries out the plan of a request that `tidemark plan` recorded last. If the site, the request or its sources have changed so that another plan ' +
        'would be made now, it refuses and writes nothing. The site is backed up before the first write and after the last. An apply that was cut off is ' +
        'finished with --resume, from any clone: it follows the plan that was begun.',
    )
    .option('--resume', 'finish an apply that was cut off')
    .option('--abandon', 'give up an apply that was cut off: nothing more of it is done; tidemark rollback takes back what was')
    .option('--emergency', 'without approval: for administrators of the repository; approvers are told, and asked to look at it afterwards')
    .option('--reason <text>', 'why it cannot wait')
    .argument('<request>', 'the id of a request: 2026-11-01-restore-acme')
    .action(async (id: string, options: Options, own: Command) => {
      const output = outputOf(options)
      refuseMixed(options)
      await using opened = await openSiteOf(placeOf(own, options), id, options.site)
      const site = connectSite(opened)
      if (options.emergency === true && opened.settings.repository.github === undefined) {
        throw new TidemarkError(
          'USAGE_ARGUMENTS',
          'Where no forge is named, nothing waits for approval: there is no need for --emergency.',
          {
            cure: `Apply it: tidemark apply ${id}`,
          },
        )
      }
      // What is given up may be gone from where people reviewed it.
      const asked = options.abandon === true ? undefined : await findRequest(site.repository, id)
      const progress = applyProgressOf(site.catalogue.types, output)
      const { begin: begins, tell, undone } = progress
      const applying = { begins, tell, waiting: (purpose: string) => output.note(waitingFor(purpose), { what: 'waiting', purpose }) }
      const applied: Promise<AppliedHere> =
        asked === undefined ? abandonRequest(site, id, applying) : carriedOut(opened, site, asked, options, applying)
      const { plan, result, review } = await applied.finally(progress.end)
      if (result === undefined) output.text('Nothing to do: nothing was written.')
      else {
        const outcome = { ...result, manual: result.manual.length, plan, request: id, undone }
        output.text(outcomeAsText(outcome, { catalogue: site.catalogue, url: opened.site.url }))
      }
      if (review !== undefined) output.text(`Applied without approval: approvers are asked to look at it on ${review}`)
      output.result('apply', {
        ...{ site: site.name, id, result: result ?? null, findings: undone, lost: plan.lost },
        ...(review === undefined ? {} : { review }),
      })
      process.exitCode =
        result === undefined || result.state === 'success' ? exit.done : result.state === 'failed' ? exit.failed : exit.partial
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key, needs.signingKey, needs.forge],
    examples: [
      'tidemark apply 2026-11-01-restore-acme',
      'tidemark apply 2026-11-01-restore-acme --resume',
      'tidemark apply 2026-11-01-undo-acme --emergency --reason "Nobody can log in"',
    ],
    exits: { 5: 'partial success: some steps failed, or are left to a person' },
  })
}

async function carriedOut(
  opened: OpenSite,
  site: ConnectedSite,
  asked: Asked,
  { resume = false, emergency = false, reason = '' }: Options,
  applying: ApplyRequestOptions,
): Promise<AppliedHere> {
  if (resume) return resumeRequest(site, asked, await sourcesOf(opened, asked), applying)
  if (opened.settings.repository.github === undefined) return applyRequest(site, asked, await sourcesOf(opened, asked), applying)
  return applyHere(opened, asked, applying, emergency ? reason : undefined)
}

/** Throws `USAGE_ARGUMENTS` for options of which one would go unheard. */
function refuseMixed({ resume = false, abandon = false, emergency = false, reason }: Options): void {
  if (resume && abandon) {
    throw new TidemarkError('USAGE_ARGUMENTS', 'An apply is either resumed or abandoned.', { cure: 'Give one of --resume and --abandon.' })
  }
  if (emergency && (resume || abandon)) {
    throw new TidemarkError('USAGE_ARGUMENTS', 'What was begun is finished or given up without asking anew, and needs no --emergency.', {
      cure: 'Leave --emergency out.',
    })
  }
  if (reason !== undefined && !emergency) {
    throw new TidemarkError('USAGE_ARGUMENTS', '--reason says why approval cannot be waited for, and without --emergency it is.', {
      cure: 'Add --emergency, or leave --reason out.',
    })
  }
}
