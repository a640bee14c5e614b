/** Answers and refusals in Jira's shapes. https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes */
import type { Answer } from './kit.ts'

/** Thrown by a handler in place of an answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly answer: Answer

  constructor(answer: Answer) {
    super(`The simulated site answers ${answer.status}.`)
    this.answer = answer
  }
}

/** An `ErrorCollection`: a sentence in `errorMessages`, or by property in `errors`. */
export function refuse(status: number, message: string | Readonly<Record<string, string>>): Refusal {
  if (typeof message === 'string') return new Refusal({ status, body: { errorMessages: [message], errors: {} } })
  return new Refusal({ status, body: { errorMessages: [], errors: message } })
}

export function ok(body: unknown): Answer {
  return { status: 200, body }
}

export function created(body: unknown): Answer {
  return { status: 201, body }
}

export function noContent(): Answer {
  return { status: 204 }
}

/** The body as an object; a list, a text or nothing at all is refused as Jira does. */
export function bodyOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw refuse(400, 'Invalid request payload. Refer to the REST API documentation and try again.')
}

/** The property of a body that must be a list of texts (or of numbers, which Jira takes for ids as well); absent: empty. */
export function idsOf(body: Record<string, unknown>, property: string): string[] {
  const value = body[property]
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string' || typeof id === 'number')) {
    throw refuse(400, 'Invalid request payload. Refer to the REST API documentation and try again.')
  }
  return value.map(String)
}
