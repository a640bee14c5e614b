import type { Step } from '../model/plan.ts'

/** The steps of a plan in the order in which they may start. Every call costs only the steps that it sets free or takes out. */
export interface Queue {
  /** The next step that waits for nothing any more; undefined when none is ready now. */
  next(): Step | undefined
  /** Sets free what waited for this step. */
  done(step: Step): void
  /** Takes out everything that waits for this step, directly or not, and tells for which step each waited. */
  block(step: Step): readonly { readonly step: Step; readonly blocker: Step }[]
  /** What is left and not ready. */
  rest(): readonly Step[]
}

export function queueOf(steps: readonly Step[]): Queue {
  const left = new Set(steps)
  const open = new Map(steps.map((step) => [step, new Set(step.after).size]))
  const followers = new Map<string, Step[]>()
  for (const step of steps) for (const id of new Set(step.after)) if (!followers.get(id)?.push(step)) followers.set(id, [step])
  let ready = steps.filter((step) => step.after.length === 0)
  let at = 0

  return {
    next() {
      const step = ready[at]
      if (step === undefined) return undefined
      at += 1
      left.delete(step)
      return step
    },
    done(step) {
      if (at === ready.length) [ready, at] = [[], 0]
      for (const follower of followers.get(step.id) ?? []) {
        const count = (open.get(follower) as number) - 1
        open.set(follower, count)
        if (count === 0 && left.has(follower)) ready.push(follower)
      }
    },
    block(step) {
      const blocked: { step: Step; blocker: Step }[] = []
      const blockers = [step]
      for (const blocker of blockers) {
        for (const follower of followers.get(blocker.id) ?? []) {
          if (!left.delete(follower)) continue
          blocked.push({ step: follower, blocker })
          blockers.push(follower)
        }
      }
      return blocked
    },
    rest: () => [...left],
  }
}
