import type { Command } from 'commander'
import { snapshotNamed } from '../../flows/history.ts'
import { verify } from '../../flows/verify.ts'
import { openSite } from '../../wiring/open.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly at: string
}

export function addVerify(program: Command): void {
  withSiteOptions(program.command('verify'))
    .summary('prove that a snapshot is whole and can be read')
    .description(
      'Checks a snapshot and the line of runs: signatures, every document decrypted with its MAC, each in its own place, every reference pointing\n' +
        'at something, every object bound. Exit code 2 when anything is found.',
    )
    .option('--at <snapshot>', 'commit, date or HEAD~2', 'HEAD')
    .action(async (options: Options, command: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(command, options), options.site)
      const commit = await snapshotNamed(opened.deps, options.at)
      const result = await verify(opened.deps, commit)
      output.findings(result.findings)
      output.text(
        `${result.documents} documents opened, ${result.references} references followed, ${result.runs} runs checked: ${result.findings.length === 0 ? 'all sound' : `${result.findings.length} findings`}`,
      )
      output.result('verify', { site: opened.deps.name, commit, ...result })
      process.exitCode = result.findings.some(({ level }) => level !== 'note') ? exit.awaits : exit.done
    })
}
