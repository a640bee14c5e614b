import type { Command } from 'commander'
import { planAsMarkdown } from '../../engine/plan-markdown.ts'
import { planAsText } from '../../engine/render-plan.ts'
import { planRequest } from '../../flows/plan-request.ts'
import { planTold } from '../../flows/plan-told.ts'
import { findRequest, lifeOf, recordPlan } from '../../flows/request-branch.ts'
import { connectSite } from '../../wiring/open.ts'
import { openSiteOf, sourcesOf } from '../../wiring/requests.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, siteOfRequest, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly markdown?: boolean
}

export function addPlan(program: Command): void {
  const command = withSiteOptions(program.command('plan'), siteOfRequest)
    .summary('what a request would do, step by step')
    .description(
      'Reads the destination and tells what applying a request would do: what will happen, what is in conflict, what gives ' +
        'more access, what is left to people, what cannot be brought back. It names objects and properties; values stay sealed. ' +
        'Nothing is written to the site. The plan is recorded, signed, on tidemark/requests/<id>; applying does exactly this plan, or refuses. ' +
        'Where requests are pull requests, it is approved there, once the pull request shows it.',
    )
    .argument('<request>', 'the id of a request: 2026-11-01-restore-acme')
    .option('--markdown', 'print it as Markdown, as a comment of a pull request takes it')
    .action(async (id: string, options: Options, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSiteOf(placeOf(own, options), id, options.site)
      const site = connectSite(opened)
      const asked = await findRequest(site.repository, id)
      const prepared = await planRequest(site, asked, await sourcesOf(opened, asked))
      const { plan, standing } = prepared
      const life = await lifeOf(site.repository, id, site.trusted)
      await recordPlan(site.repository, id, life, plan)
      const isShown = life.shown?.plan === plan.digest
      const onForge = { goesOn: isShown ? 'pull request' : 'unshown' } as const
      const report = await planTold(site, prepared, opened.settings.repository.github === undefined ? {} : onForge)
      output.text(options.markdown === true ? planAsMarkdown(report) : planAsText(report))
      const applicable = !plan.findings.some(({ level }) => level === 'error')
      output.result('plan', {
        site: site.name,
        id,
        kind: asked.request.kind,
        applicable,
        plan,
        states: Object.fromEntries(standing.states),
      })
      process.exitCode = plan.steps.length === 0 && applicable ? exit.done : exit.awaits
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.credentials, needs.key, needs.signingKey],
    examples: [
      'tidemark plan 2026-11-01-restore-acme',
      'tidemark plan 2026-11-01-undo-acme --json',
      'tidemark plan 2026-11-01-undo-acme --markdown > comment.md',
    ],
    exits: { 2: 'there is something to do, or something to settle first' },
  })
}
