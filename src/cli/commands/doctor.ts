import type { Command } from 'commander'
import { doctor } from '../../wiring/doctor.ts'
import { needs, withPage } from '../help.ts'
import { exit, exitCodeOf, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addDoctor(program: Command): void {
  const command = withSiteOptions(program.command('doctor'))
    .summary('check everything a backup needs')
    .description(
      'Checks git, settings, keys and signatures, then asks the site: is the token valid and its account active, does it administer Jira,\n' +
        'what can it not see, and how many requests and minutes does a full reading take? Writes nothing, here or in Jira.',
    )
    .action(async (options: SiteOptions, own: Command) => {
      const output = outputOf(options)
      const findings = await doctor(placeOf(own, options), options.site)
      output.findings(findings)
      const errors = findings.filter(({ level }) => level === 'error')
      const warnings = findings.filter(({ level }) => level === 'warning')
      output.text(errors.length + warnings.length === 0 ? 'All well: a backup can run.' : verdict(errors.length, warnings.length))
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
      'What is missing is told, with what to do about it.',
    ],
    examples: ['tidemark doctor', 'tidemark doctor --site acme --json'],
    exits: { 2: 'a backup can run, and yet something needs you' },
  })
}

function verdict(errors: number, warnings: number): string {
  const count = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`])
  const found = [...count(errors, 'error'), ...count(warnings, 'warning')].join(', ')
  return errors > 0 ? `${found}: a backup cannot run yet.` : `${found}: a backup can run.`
}
