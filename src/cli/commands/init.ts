import { type Command, Option } from 'commander'
import { type Initialised, initialise } from '../../wiring/init.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { type OutputFlags, placeOf, withOutputOptions } from '../place.ts'

interface Options extends OutputFlags {
  readonly site: string
  readonly url: string
  readonly encrypt: 'all' | 'secrets'
  readonly allowHost?: readonly string[]
  readonly recoverySheet?: string
  readonly remote?: string
  readonly newSigner?: boolean
}

export function addInit(program: Command): void {
  const command = withOutputOptions(
    program
      .command('init')
      .summary('begin a repository for a site, or add a site to one')
      .description(
        'Makes in a folder what backups of a site need: settings and recipients, for you to commit on main; a key ring for the site on its own\n' +
          'branch; a signing key and an age key where you have none; and a recovery sheet outside the repository, proven by one decryption.\n' +
          'In a repository that has a tidemark.yaml it adds the site to it. All of it or nothing; nothing is overwritten.',
      )
      .argument('[folder]', 'the repository; made if it does not exist', '.')
      .requiredOption('-s, --site <name>', 'a name of yours for the site: a-z, 0-9 and dashes')
      .requiredOption('-u, --url <url>', 'https://<name>.atlassian.net')
      .addOption(
        new Option('--encrypt <what>', 'every value, or secrets only (credentials, script bodies, personal data)')
          .choices(['all', 'secrets'])
          .default('all'),
      )
      .option('--allow-host <host:port...>', "a host beside Atlassian's that may get the credentials: a simulator")
      .option('--recovery-sheet <file>', 'where the recovery sheet goes, outside the repository (default: beside the folder)')
      .option('--remote <url>', 'the Git repository, made by you and empty, that snapshots are pushed to')
      .option('--new-signer', 'the signing key of this repository is lost: make a new one, believed by this clone from now on'),
  ).action(async (folder: string, options: Options, own: Command) => {
    const output = outputOf(options)
    const { site, url, encrypt, recoverySheet, remote } = options
    const made = await initialise(placeOf(own, {}), {
      ...{ folder, site, url, encrypt, allowHosts: options.allowHost ?? [] },
      ...(recoverySheet === undefined ? {} : { recoverySheet }),
      ...(remote === undefined ? {} : { remote }),
      ...(options.newSigner === undefined ? {} : { newSigner: options.newSigner }),
    })
    output.text(told(site, made))
    output.result('init', made)
  })
  withPage(command, {
    needs: [needs.git, 'no credentials yet: Jira is not asked. TIDEMARK_GIT_TOKEN where the remote wants a token'],
    examples: [
      'tidemark init acme-config --site acme --url https://acme.atlassian.net',
      'tidemark init --site sandbox --url https://acme-sandbox.atlassian.net     (in that folder: a second site)',
      'tidemark init try --site acme --url http://127.0.0.1:8080 --allow-host 127.0.0.1:8080',
    ],
  })
}

function told(site: string, made: Initialised): string {
  return [
    `${made.what === 'site' ? `Added site ${site} to` : `Began the repository of site ${site} in`} ${made.folder}`,
    '',
    `  Recovery sheet   ${made.recoverySheet}`,
    `                   proven: its key opens the key ring. Print it, keep it in two places, then delete the file.`,
    `  Signing key      ${made.signingKeyFile}  (${made.fingerprint})`,
    `  Your age key     ${made.identity}`,
    ...(made.kept.length === 0 ? [] : [`  Left as it was   ${made.kept.join(', ')}`]),
    '',
    'Next:',
    `  1. commit on main: ${made.files.join(' ')}`,
    `  2. set ${made.variables.join(' and ')}`,
    `  3. tidemark doctor --site ${site}, then tidemark backup --site ${site}`,
  ].join('\n')
}
