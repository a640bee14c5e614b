import type { Clock } from '../../src/model/context.ts'
import { type AgeIdentity, ageIdentity, ageRecipient, newIdentityText } from '../../src/vault/age.ts'
import { newDataKey } from '../../src/vault/data-key.ts'
import { newRing, openRing, type Ring } from '../../src/vault/ring.ts'
import type { DataKey } from '../../src/vault/seal-document.ts'

export async function someIdentity(): Promise<AgeIdentity> {
  return ageIdentity(await newIdentityText())
}

export async function someDataKey(): Promise<DataKey & { readonly identity: AgeIdentity }> {
  const identity = await someIdentity()
  return { ...(await newDataKey([ageRecipient(identity.recipient)])), identity }
}

export async function someRing(clock: Clock): Promise<Ring> {
  const identity = await someIdentity()
  return openRing(await newRing([identity.recipient], clock), [identity])
}
