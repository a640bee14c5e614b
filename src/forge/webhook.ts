import { Webhooks } from '@octokit/webhooks'
import { TidemarkError } from '../model/errors.ts'
import { isObject, type JsonObject, parseJson } from '../model/json.ts'

/** One delivery. A hint only: what is so is asked of the API. */
export interface Delivery {
  /** `pull_request`, `push`, … */
  readonly event: string
  /** The same for a delivery that is sent again. */
  readonly id: string
  readonly payload: JsonObject
}

/**
 * Looks at a delivery's signature over its body as it came over the wire, and reads nothing of the body before. Throws `FORGE_WEBHOOK_REFUSED` for a
 * delivery that is not signed with the secret; a signature of the old kind (sha1) alone is none.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function verifyWebhook(
  secret: string,
  body: string,
  headers: Readonly<Record<string, string | undefined>>,
): Promise<Delivery> {
  const signature = headers['x-hub-signature-256'] ?? ''
  // What is no signature at all would be reported by the library with an error of its own.
  const isSigned = /^sha256=[0-9a-f]{64}$/.test(signature) && body !== '' && (await new Webhooks({ secret }).verify(body, signature))
  const event = headers['x-github-event'] ?? ''
  const id = headers['x-github-delivery'] ?? ''
  if (!isSigned || !/^[a-z_]{1,60}$/.test(event) || !/^[0-9a-f-]{36}$/.test(id)) throw refusal()
  const payload = jsonOf(body)
  if (!isObject(payload)) throw refusal()
  return { event, id, payload }
}

function jsonOf(body: string): unknown {
  try {
    return parseJson(body)
  } catch {
    return undefined
  }
}

function refusal(): TidemarkError {
  return new TidemarkError('FORGE_WEBHOOK_REFUSED', 'A delivery is not one of this webhook: its signature or a header is wrong.', {
    cure: 'Set the same secret here and in the settings of the webhook, with the content type application/json.',
  })
}
