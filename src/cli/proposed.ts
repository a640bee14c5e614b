import type { Finding } from '../model/finding.ts'
import type { Request } from '../model/request.ts'
import type { OpenSite } from '../wiring/open.ts'
import { proposeHere, tokenVariable } from '../wiring/propose.ts'
import { exit, type Output } from './output.ts'

/**
 * Where a new request stands, and how it goes on: on its pull request where the repository has a forge, else on the command line. Where the forge refuses
 * to open it, the request stands all the same: what is left to do is told, and the command ends as a partial success.
 */
export async function tellRequest(
  output: Output,
  opened: OpenSite,
  written: { readonly request: Request; readonly branch: string },
): Promise<{ readonly pullRequest?: { readonly url: string; readonly number?: number }; readonly findings?: readonly Finding[] }> {
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
  if (proposed.hindrance === undefined) output.note(`With a token of yours in ${tokenVariable} it is opened for you.`)
  else {
    output.findings([proposed.hindrance])
    process.exitCode = exit.partial
  }
  return { pullRequest: { url: proposed.url }, ...(proposed.hindrance === undefined ? {} : { findings: [proposed.hindrance] }) }
}
