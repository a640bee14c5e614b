import type { SimulatedSite } from '../../src/simulator/simulator.ts'
import { describeDeviation, type Judge } from '../contract/openapi.ts'

export interface Told {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a test asks for it knows the shape of.
  readonly body: any
  readonly headers: Headers
}

/** Asks a simulated site over HTTP as its administrator, without following redirects. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<Told>

/** `found` gets every deviation from Atlassian's documents that an exchange shows; requests that were refused are not looked at. */
export function asking(site: Pick<SimulatedSite, 'url' | 'email' | 'token'>, judge?: Judge, found: Set<string> = new Set()): Ask {
  const authorization = `Basic ${Buffer.from(`${site.email}:${site.token}`).toString('base64')}`
  return async (method, path, body) => {
    const answer = await fetch(site.url + path, {
      method,
      redirect: 'manual',
      headers: { authorization, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const parsed = text === '' ? undefined : answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
    if (judge !== undefined) {
      const asked = answer.status < 400 ? judge.request({ method, path, ...(body === undefined ? {} : { body }) }) : []
      for (const deviation of [...asked, ...judge.answer({ method, path, status: answer.status, body: parsed })])
        found.add(describeDeviation(deviation))
    }
    return { status: answer.status, body: parsed, headers: answer.headers }
  }
}
