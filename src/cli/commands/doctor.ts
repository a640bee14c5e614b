import type { Command } from 'commander'
import { doctor } from '../../wiring/doctor.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

export function addDoctor(program: Command): void {
  withSiteOptions(program.command('doctor'))
    .summary('check everything a backup needs')
    .description(
      'Checks git, settings, keys and signatures, then asks the site: is the token valid and of an active account, may it see the site and administer\n' +
        'Jira, what can it not see, and how many requests and minutes will the first backup take? Writes nothing. Exit code 2 when something needs you.',
    )
    .action(async (options: SiteOptions, command: Command) => {
      const output = outputOf(options)
      const findings = await doctor(placeOf(command, options), options.site)
      output.findings(findings)
      const errors = findings.filter(({ level }) => level === 'error').length
      const warnings = findings.filter(({ level }) => level === 'warning').length
      output.text(errors + warnings === 0 ? 'All well: a backup can run.' : `${errors} errors, ${warnings} warnings.`)
      output.result('doctor', { findings })
      if (findings.some(({ level, code }) => level === 'error' && /^(?:ACCESS_|HTTP_UNAUTHORISED|HTTP_FORBIDDEN)/.test(code))) {
        process.exitCode = exit.credentials
      } else process.exitCode = errors > 0 ? exit.failed : warnings > 0 ? exit.awaits : exit.done
    })
}
