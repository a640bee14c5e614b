import type { Command } from 'commander'
import { setUpGit } from '../../wiring/git-setup.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { type OutputFlags, placeOf, withOutputOptions } from '../place.ts'

interface Options extends OutputFlags {
  readonly undo?: boolean
}

export function addGitSetup(program: Command): void {
  const command = withOutputOptions(
    program
      .command('git-setup')
      .summary('let git diff and git log -p show plain text to key holders')
      .description(
        'Sets up this clone so that `git diff`, `git log -p` and `git show` print the values of sealed files, each after its MAC was checked, ' +
          'to whoever holds a key; to others they stay sealed. Nothing plain is kept: git is told not to cache what is shown. Signatures are ' +
          'checked by `tidemark verify`, and `tidemark diff` and `tidemark log` are many times faster over many files.',
      )
      .option('--undo', 'take away what this command set up'),
  ).action(async (options: Options, own: Command) => {
    const output = outputOf(options)
    const undo = options.undo === true
    const { gitDir, changed } = await setUpGit(placeOf(own, {}), { undo })
    const done = undo ? 'git shows sealed files as they are again' : 'git shows sealed files in the clear to whoever holds a key'
    output.text(`${changed ? 'Done' : 'Nothing to do'}: ${done} (${gitDir}).`)
    output.result('git-setup', { gitDir, changed })
  })
  withPage(command, {
    needs: [needs.git, 'to run in a clone, or below it', `to see values later: ${needs.key}`],
    examples: [
      'tidemark git-setup',
      'git log -p sites/acme',
      'git show --textconv sites/acme:jira/status/to-do.yaml',
      'tidemark git-setup --undo',
    ],
  })
}
