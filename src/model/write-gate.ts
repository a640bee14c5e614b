import { TidemarkError } from './errors.ts'

/** Stands before every request that writes to a site: shut, until a flow that may write opens it. */
export interface WriteGate {
  /** Throws unless the request may go out now. */
  check(): void
  /** From now on `allow` is asked before each request; it throws where that must not go out. */
  open(allow: () => void): void
  shut(): void
}

/** A gate that is shut: whoever reads can then not write, whatever is wrong. `check` throws `ACCESS_READ_ONLY`. */
export function newWriteGate(): WriteGate {
  const refuse = (): void => {
    throw new TidemarkError('ACCESS_READ_ONLY', 'A request that writes to the site was stopped: this command only reads.', {
      cure: 'This is a fault of the program; nothing was written. Report it with the command.',
    })
  }
  let allow = refuse
  return {
    check: () => allow(),
    open(next) {
      allow = next
    },
    shut() {
      allow = refuse
    },
  }
}
