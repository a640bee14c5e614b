import type { Command } from 'commander'
import { verify } from '../../flows/verify.ts'
import { openSite } from '../../wiring/open.ts'
import { snapshotIn } from '../../wiring/sides.ts'
import { needs, withPage } from '../help.ts'
import { exit, outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'

interface Options extends SiteOptions {
  readonly at: string
}

export function addVerify(program: Command): void {
  const command = withSiteOptions(program.command('verify'))
    .summary('prove that a snapshot is whole and can be read')
    .description(
      'Checks a snapshot and the line of runs: signatures, every document decrypted with its MAC and found in its own place, every reference ' +
        'pointing at something, every object with its id on the site and every id with its object, the snapshot of the last run still on the branch. Asks nothing of Jira.',
    )
    .option('--at <snapshot>', 'a commit, a day (2026-11-01) or HEAD~2', 'HEAD')
    .action(async (options: Options, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site)
      const commit = await snapshotIn(opened.deps, opened.settings, options.at)
      const result = await verify(opened.deps, commit)
      const { documents, references, runs, findings } = result
      output.findings(findings)
      const verdict = findings.length === 0 ? 'all sound' : `${findings.length} findings, see above`
      output.text(`${documents} documents opened, ${references} references followed, ${runs} runs checked: ${verdict}.`)
      output.result('verify', { site: opened.deps.name, commit, ...result })
      process.exitCode = findings.some(({ level }) => level !== 'note') ? exit.awaits : exit.done
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key],
    examples: ['tidemark verify', 'tidemark verify --at 2026-11-01 --site acme'],
    exits: { 2: 'something was found' },
  })
}
