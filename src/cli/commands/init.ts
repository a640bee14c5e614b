import type { Command } from 'commander'
import { initialise } from '../../wiring/init.ts'
import { outputOf } from '../output.ts'
import { placeOf } from '../place.ts'

interface Options {
  readonly site: string
  readonly url: string
  readonly encrypt: 'all' | 'secrets'
  readonly allowHost?: readonly string[]
  readonly recoverySheet?: string
  readonly remote?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

export function addInit(program: Command): void {
  program
    .command('init')
    .summary('begin a repository for a site')
    .description(
      'Makes, in this folder (or the one given), what a backup needs: settings and recipients for you to commit on main, a signing key, a key ring for\n' +
        'the site on its own branch, and a recovery sheet outside the repository, proven by one decryption before anything is backed up.',
    )
    .argument('[folder]', 'the repository: made if it does not exist', '.')
    .requiredOption('-s, --site <name>', 'a name of yours for the site: a-z, 0-9 and dashes')
    .requiredOption('-u, --url <url>', 'https://<name>.atlassian.net')
    .option('--encrypt <what>', 'all values, or secrets only (credentials, scripts, personal data)', 'all')
    .option('--allow-host <host:port...>', "a host beside Atlassian's that may get the credentials: a simulator")
    .option('--recovery-sheet <file>', 'where the recovery sheet goes; never inside the repository (default: beside the folder)')
    .option('--remote <url>', 'where snapshots are pushed to')
    .option('--json', 'print one versioned JSON object to stdout')
    .option('-q, --quiet', 'no progress')
    .action(async (folder: string, options: Options, command: Command) => {
      const output = outputOf(options)
      const made = await initialise(placeOf(command, {}), { folder, ...options, allowHosts: options.allowHost ?? [] })
      output.text(
        [
          `Repository        ${made.folder}`,
          `Signing key       ${made.signingKeyFile}  (${made.fingerprint})`,
          `Your identity     ${made.identity}`,
          `Recovery sheet    ${made.recoverySheet}`,
          '',
          'The recovery key opened the key ring: proven. Print the sheet, keep it in two places, and delete the file.',
          `Next: commit ${made.files.join(', ')} on main; set ${made.variables.join(' and ')}; then run tidemark doctor and tidemark backup.`,
        ].join('\n'),
      )
      output.result('init', { ...made })
    })
}
