import type { Command } from 'commander'
import { doctor } from '../../wiring/doctor.ts'
import { doctorGithub } from '../../wiring/forge.ts'
import { requireForge } from '../../wiring/propose.ts'
import { needs, withPage } from '../help.ts'
import { exit, exitCodeOf, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addDoctor(program: Command): void {
  const command = withSiteOptions(program.command('doctor'))
    .summary('check everything a backup needs')
    .description(
      'Checks git, settings, keys and signatures, then asks the site: is the token valid and its account active, does it administer Jira, ' +
        'what can it not see, and how many requests and minutes does a full reading take? Writes nothing, here or in Jira.',
    )
    .option('--github', 'check the repository on GitHub instead: rules, environments, workflows, what the token may')
    .action(async (options: SiteOptions & { readonly github?: boolean }, own: Command) => {
      const output = outputOf(options)
      const place = placeOf(own, options)
      const findings =
        options.github === true
          ? await doctorGithub(place, (settings) => requireForge(place, settings, 'doctor'))
          : await doctor(place, options.site)
      output.findings(findings)
      const errors = findings.filter(({ level }) => level === 'error')
      const warnings = findings.filter(({ level }) => level === 'warning')
      const well = options.github === true ? 'All well on GitHub, as far as it tells.' : 'All well: a backup can run.'
      output.text(errors.length + warnings.length === 0 ? well : verdict(errors.length, warnings.length, options.github === true))
      output.result('doctor', { findings })
      const codes = errors.map(({ code }) => exitCodeOf(code))
      process.exitCode = codes.length > 0 ? Math.max(...codes) : warnings.length > 0 ? exit.awaits : exit.done
    })
  withPage(command, {
    needs: [
      needs.git,
      needs.repository,
      needs.credentials,
      needs.key,
      needs.signingKey,
      'with --github the repository alone, and a token of an administrator: TIDEMARK_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN\n    (fine-grained, this repository alone; Administration, Environments, Actions and Contents: read)',
      'What is missing is told, with what to do about it.',
    ],
    examples: ['tidemark doctor', 'tidemark doctor --site acme --json', 'tidemark doctor --github'],
    exits: { 2: 'a backup can run, and yet something needs you' },
  })
}

function verdict(errors: number, warnings: number, github: boolean): string {
  const count = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`])
  const found = [...count(errors, 'error'), ...count(warnings, 'warning')].join(', ')
  if (github) return `${found} on GitHub.`
  return errors > 0 ? `${found}: a backup cannot run yet.` : `${found}: a backup can run.`
}
