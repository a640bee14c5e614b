import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { canonicalJson, type Json } from '../model/json.ts'
import type { Plan } from '../model/plan.ts'
import type { Resource } from '../model/resource.ts'

/** A digest of a resource that tells nothing about it to whoever lacks the key: HMAC-SHA-256 over its canonical JSON, 64 hexadecimal digits. */
export function digestOf(resource: Resource, key: Uint8Array): string {
  return createHmac('sha256', key)
    .update(canonicalJson({ address: resource.address, spec: resource.spec }))
    .digest('hex')
}

/** A digest of a text that tells nothing about it to whoever lacks the key. */
export function digestOfText(text: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

/**
 * Binds everything that is approved with a plan. Findings and wording are not part of it; nor is what else exists on the site, which a night's
 * unrelated change would change too.
 */
export function digestOfPlan(plan: Omit<Plan, 'digest'>, key: Uint8Array): string {
  // A whole plan fits the parameter too: its own digest is no part of what it binds.
  const { findings: _findings, lost: _lost, existed: _existed, digest: _digest, ...bound } = plan as Plan
  return createHmac('sha256', key)
    .update(canonicalJson(JSON.parse(JSON.stringify(bound)) as Json))
    .digest('hex')
}

/** Compares two digests in constant time. */
export function sameDigest(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}
