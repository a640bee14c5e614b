import fc from 'fast-check'
import type { JiraSite } from '../../src/products/jira/site.ts'
import { fieldChanges } from './change-fields.ts'
import type { Drawn } from './change-kit.ts'
import { projectChanges } from './change-projects.ts'
import { screenChanges } from './change-screens.ts'
import { workflowChanges } from './change-workflows.ts'
import { text } from './random-site.ts'

const changes = { ...fieldChanges, ...screenChanges, ...workflowChanges, ...projectChanges }

export interface ChangeSketch extends Drawn {
  readonly kind: keyof typeof changes
}

const place = fc.nat(30)

/** A random change of a random site. */
export const change: fc.Arbitrary<ChangeSketch> = fc.record({
  kind: fc.constantFrom(...(Object.keys(changes) as (keyof typeof changes)[])),
  of: place,
  part: place,
  to: place,
  text,
})

/**
 * Makes one drawn change through Jira's API, as an administrator might. Nothing is added that only a deletion could take away. Nothing happens where the
 * site holds nothing of the kind.
 */
export async function changeSite(admin: JiraSite, drawn: ChangeSketch): Promise<void> {
  await changes[drawn.kind](admin, drawn)
}
