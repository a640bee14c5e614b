import type { Command } from 'commander'
import { askEdit } from '../../flows/ask-edit.ts'
import { editorOf } from '../../wiring/editor.ts'
import { openSite } from '../../wiring/open.ts'
import { addressGiven } from '../arguments.ts'
import { needs, withoutPull, withPage } from '../help.ts'
import { outputOf } from '../output.ts'
import { placeOf, type SiteOptions, withSiteOptions } from '../place.ts'
import { tellRequest } from '../proposed.ts'

interface Options extends SiteOptions {
  readonly id?: string
}

export function addEdit(program: Command): void {
  const command = withSiteOptions(program.command('edit'))
    .summary('ask for objects to be changed, in an editor')
    .description(
      'Opens your editor on objects as the last snapshot holds them, decrypted, checks what comes back (and opens it again with the fault above the ' +
        'text), and writes a request to make the site so. The wanted objects stand beside the request, encrypted. Nothing is done to the site: see ' +
        '`tidemark plan <id>`, then `tidemark apply <id>`.',
    )
    .argument('<addresses...>', 'jira/workflow/software-development')
    .option('--id <name>', 'name of the request (otherwise of the day and the site)')
    .action(async (texts: readonly string[], options: Options, own: Command) => {
      const output = outputOf(options)
      await using opened = await openSite(placeOf(own, options), options.site, { signs: 'requests' })
      const addresses = texts.map(addressGiven)
      const { request, branch } = await askEdit(
        opened.deps,
        addresses,
        editorOf(process.env),
        options.id === undefined ? {} : { id: options.id },
      )
      const proposed = await tellRequest(output, opened, { request, branch })
      output.result('edit', { site: opened.deps.name, id: request.id, branch, request, ...proposed })
    })
  withPage(command, {
    needs: [needs.git, needs.repository, needs.key, needs.signingKey, needs.forge, 'EDITOR (or VISUAL): the editor to open'],
    examples: ['tidemark edit jira/status/to-do', 'tidemark edit jira/workflow/software-development --site acme'],
    exits: withoutPull,
  })
}
