import type { Request } from '../model/request.ts'
import type { OpenSite } from '../wiring/open.ts'
import { proposeHere, tokenVariables } from '../wiring/propose.ts'
import type { Output } from './output.ts'

/** Where a new request stands, and how it goes on: on its pull request where the repository has a forge, else on the command line. */
export async function tellRequest(
  output: Output,
  opened: OpenSite,
  written: { readonly request: Request; readonly branch: string },
): Promise<{ readonly pullRequest?: { readonly url: string; readonly number?: number } }> {
  const { request, branch } = written
  const proposed = await proposeHere(opened, request)
  if (proposed === undefined) {
    output.text(`Request ${request.id} stands on ${branch}. Next: tidemark plan ${request.id} --site ${request.to.site}`)
    return {}
  }
  if (proposed.what === 'opened') {
    output.text(`Request ${request.id} is pull request ${proposed.number}: ${proposed.url}\nIts plan comes there as a comment.`)
    return { pullRequest: { url: proposed.url, number: proposed.number } }
  }
  output.text(`Request ${request.id} stands on ${branch}. Next: open its pull request: ${proposed.url}`)
  output.note(`With a token of yours in ${tokenVariables[0]} it is opened for you.`)
  return { pullRequest: { url: proposed.url } }
}
