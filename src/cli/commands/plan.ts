import type { Command } from 'commander'
import { planAsText } from '../../engine/render.ts'
import { planRequest } from '../../flows/plan-request.ts'
import { findRequest, lifeOf, recordPlan } from '../../flows/request-branch.ts'
import { connectSite, openSite } from '../../wiring/open.ts'
import { sourcesOf } from '../../wiring/requests.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addPlan(program: Command): void {
  const command = withSiteOptions(program.command('plan'))
    .summary('what a request would do, step by step')
    .description(
      'Reads the destination and tells what applying a request would do: every step in order, what stands in the way, what cannot be brought back.\n' +
        'Nothing is written to the site. The plan is recorded, signed, on tidemark/requests/<id>; applying does exactly this plan, or refuses.',
    )
    .argument('<request>', 'the id of a request: 2026-11-01-restore-acme')
    .action(async (id: string, options: SiteOptions, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site, { signs: true })
      const site = connectSite(opened)
      const asked = await findRequest(site.repository, id)
      const { plan } = await planRequest(site, asked, await sourcesOf(opened, asked))
      await recordPlan(site.repository, id, await lifeOf(site.repository, id, site.trusted), plan)
      output.text(planAsText(plan))
      const stopped = plan.findings.some(({ level }) => level === 'error')
      if (plan.steps.length > 0) {
        output.text(
          stopped
            ? `Not to be applied as it is. Settle the errors in ${asked.branch}, then plan again.`
            : `Plan ${plan.digest.slice(0, 12)}. Next: tidemark apply ${id}`,
        )
      }
      output.result('plan', { site: site.name, id, plan })
      process.exitCode = plan.steps.length === 0 && !stopped ? exit.done : exit.awaits
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key, needs.signingKey],
    examples: ['tidemark plan 2026-11-01-restore-acme', 'tidemark plan 2026-11-01-undo-acme --json'],
    exits: { 2: 'there is something to do, or something to settle first' },
  })
}
