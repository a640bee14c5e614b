import { type Command, Option } from 'commander'
import { TidemarkError } from '../../model/errors.ts'
import { printable } from '../../model/printable.ts'
import type { GithubOptions } from '../../wiring/github-files.ts'
import { type Initialised, initialise } from '../../wiring/init.ts'
import { addGithub, type GithubAdded } from '../../wiring/init-github.ts'
import { needs, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { type OutputFlags, placeOf, withOutputOptions } from '../place.ts'

interface Options extends OutputFlags {
  readonly site?: string
  readonly url?: string
  readonly encrypt: 'all' | 'secrets'
  readonly allowHost?: readonly string[]
  readonly recoverySheet?: string
  readonly remote?: string
  readonly newSigner?: boolean
  readonly github?: string
  readonly githubApi?: string
  readonly action?: string
  readonly codeOwner?: readonly string[]
}

export function addInit(program: Command): void {
  const command = withOutputOptions(
    program
      .command('init')
      .summary('begin a repository for a site, or add a site to one')
      .description(
        'Makes in a folder what backups of a site need: settings and recipients, for you to commit on main; a key ring for the site on its own ' +
          'branch; a signing key and an age key where you have none; and a recovery sheet outside the repository, proven by one decryption. ' +
          'In a repository that has a tidemark.yaml it adds the site to it. All of it or nothing; nothing is overwritten. ' +
          'With --github also the workflows for backups and request pull requests, and it prints what GitHub must be told; in a repository that is ' +
          'there it needs no site for that.',
      )
      .argument('[folder]', 'the repository; made if it does not exist', '.')
      .option('-s, --site <name>', 'a name of yours for the site: a-z, 0-9 and dashes')
      .option('-u, --url <url>', 'https://<name>.atlassian.net')
      .addOption(
        new Option('--encrypt <what>', 'every value, or secrets only (credentials, script bodies, personal data)')
          .choices(['all', 'secrets'])
          .default('all'),
      )
      .option('--allow-host <host:port...>', "a host beside Atlassian's that may get the credentials: a simulator")
      .option('--recovery-sheet <file>', 'where the recovery sheet goes, outside the repository (default: beside the folder)')
      .option('--remote <url>', 'the Git repository, made by you and empty, that snapshots are pushed to')
      .option('--new-signer', 'the signing key of this repository is lost: make a new one, believed by this clone from now on')
      .option('--github <owner/name>', 'the repository on GitHub: adds workflows, code owners and a guide')
      .option('--github-api <url>', 'the API of a GitHub Enterprise: https://github.example.com/api/v3')
      .option('--code-owner <login...>', 'with --github: who must approve what on main; @login, or @organization/team')
      .option('--action <owner/name@commit>', 'with --github: the action that workflows run (otherwise that of this release)'),
  ).action(async (folder: string, options: Options, own: Command) => {
    const output = outputOf(options)
    const { site, url, encrypt, recoverySheet, remote } = options
    const github = githubOf(options)
    if (github !== undefined && site === undefined && url === undefined) {
      const added = await addGithub(placeOf(own, {}), { folder, github })
      output.text(toldOfGithub(added))
      output.result('init', added)
      return
    }
    if (site === undefined) return missing(own, '-s, --site <name>')
    if (url === undefined) return missing(own, '-u, --url <url>')
    const place = placeOf(own, {})
    const made = await initialise(place, {
      ...{ folder, site, url, encrypt, allowHosts: options.allowHost ?? [] },
      ...(github === undefined ? {} : { github }),
      ...(recoverySheet === undefined ? {} : { recoverySheet }),
      ...(remote === undefined ? {} : { remote }),
      ...(options.newSigner === undefined ? {} : { newSigner: options.newSigner }),
    })
    output.text(told(site, made, place.folder))
    output.result('init', made)
  })
  withPage(command, {
    needs: [needs.git, 'no credentials yet: Jira is not asked. TIDEMARK_GIT_TOKEN where the remote wants a token'],
    examples: [
      'tidemark init acme-config --site acme --url https://acme.atlassian.net',
      'tidemark init --site sandbox --url https://acme-sandbox.atlassian.net     (in that folder: a second site)',
      'tidemark init acme-config --site acme --url https://acme.atlassian.net --github acme/jira-config --code-owner @ann @bob',
      'tidemark init --github acme/jira-config     (in that folder: a repository that is there already)',
      'tidemark init try --site acme --url http://127.0.0.1:8080 --allow-host 127.0.0.1:8080',
    ],
  })
}

function githubOf({ github, githubApi, action, codeOwner }: Options): GithubOptions | undefined {
  if (github === undefined) {
    if (githubApi === undefined && action === undefined && codeOwner === undefined) return undefined
    throw new TidemarkError('USAGE_GITHUB', '--github-api, --code-owner and --action say more about --github, which is missing.', {
      cure: 'Add --github <owner/name>, or leave them out.',
    })
  }
  return {
    repository: github,
    ...(githubApi === undefined ? {} : { api: githubApi }),
    ...(action === undefined ? {} : { action }),
    ...(codeOwner === undefined ? {} : { codeOwners: codeOwner }),
  }
}

function missing(command: Command, option: string): never {
  return command.error(`error: required option '${option}' not specified`)
}

function toldOfGithub({ folder, files, kept, setUp }: GithubAdded): string {
  return [
    files.length === 0 ? `Everything was there already in ${folder}` : `Added to ${folder}: ${files.join(' ')}`,
    ...(kept.length === 0 || files.length === 0 ? [] : [`Left as it was: ${kept.join(' ')}`]),
    '',
    ...setUpOf(setUp),
  ].join('\n')
}

function setUpOf(setUp: string): readonly string[] {
  return ['What GitHub must be told (it stands in .github/tidemark.md, too):', '', setUp.trimEnd()]
}

function told(site: string, made: Initialised, here: string): string {
  const { shared, others, files } = made
  const readable = shared.map(({ name, age }) => `${printable(name)} (${age})`).join(', ')
  const guide = made.what === 'site' && files.some((path) => path.startsWith('.github/'))
  const next = [
    ...(made.folder === here ? [] : [`cd ${made.folder}`]),
    // What GitHub must be told begins with the commit, and has the first backup at its place.
    ...(made.setUp === undefined ? [`commit on main: ${files.join(' ')}`] : []),
    `set ${made.variables.join(' and ')}`,
    ...(made.setUp === undefined
      ? [`tidemark doctor --site ${site}, then tidemark backup --site ${site}`]
      : ['what GitHub must be told, below']),
    ...(guide ? ['tell GitHub: "Another site" in .github/tidemark.md'] : []),
  ]
  return [
    `${made.what === 'site' ? `Added site ${site} to` : `Began the repository of site ${site} in`} ${made.folder}`,
    '',
    `  Recovery sheet   ${made.recoverySheet}`,
    `                   proven: its key opens the key ring. Print it, keep it in two places, then delete the file.`,
    `  Signing key      ${made.signingKeyFile}  (${made.fingerprint})`,
    `  Your age key     ${made.identity}`,
    ...(shared.length === 0 ? [] : [`  Also readable by ${readable}, as ${others.join(', ')} ${others.length === 1 ? 'is' : 'are'}`]),
    ...(made.kept.length === 0 ? [] : [`  Left as it was   ${made.kept.join(', ')}`]),
    '',
    'Next:',
    ...next.map((step, index) => `  ${index + 1}. ${step}`),
    ...(made.setUp === undefined ? [] : ['', ...setUpOf(made.setUp)]),
  ].join('\n')
}
