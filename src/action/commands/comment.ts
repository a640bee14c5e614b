import { obeyComment } from '../../flows/pull/command.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { Door } from '../door.ts'
import { stepAsLine, tellOutcome, tellPlanned } from '../pull-told.ts'

/** Obeys a comment on a pull request. What it says, and who said it, is read anew from the forge. */
export async function commentCommand(door: Door): Promise<void> {
  const { runner, inputs, event } = door
  if (event.name === 'issue_comment' && (event.text('action') !== 'created' || !event.has('issue', 'pull_request'))) {
    runner.say('Only new comments on pull requests are obeyed.')
    return
  }
  const number = inputs.pullRequest ?? event.number('issue', 'number')
  const comment = inputs.comment ?? event.number('comment', 'id')
  if (number === undefined || comment === undefined) {
    throw new TidemarkError('USAGE_INPUT', 'Nothing says which comment is to be obeyed.', {
      cure: 'Give the inputs pull-request and comment, or run this on issue_comment.',
    })
  }
  const said = event.number('comment', 'id') === comment ? event.text('comment', 'body') : undefined
  const commanded = await obeyComment(await door.desk(), number, comment, {
    tell: (step) => runner.say(stepAsLine(step)),
    ...(said === undefined ? {} : { said }),
  })
  if (commanded.what === 'nothing') runner.say('This comment asks for nothing of ours.')
  else if (commanded.what === 'planned') tellPlanned(runner, commanded.planned)
  else runner.output('state', tellOutcome(runner, `#${number}`, commanded))
}
