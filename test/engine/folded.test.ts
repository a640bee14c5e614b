import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folded, type Happened } from '../../src/engine/folded.ts'
import type { Address } from '../../src/model/address.ts'

const addresses = ['jira/screen/a', 'jira/screen/b', 'jira/status/c'] as Address[]
type State = ReadonlyMap<Address, number>

/** What somebody does to an object between two snapshots, and who is on record for it. */
interface Deed extends Pick<Happened, 'by'> {
  readonly does: 'nothing' | 'write' | 'remove'
  readonly at: string | undefined
}

const deed: fc.Arbitrary<Deed> = fc.record({
  does: fc.constantFrom('nothing', 'write', 'remove'),
  by: fc.option(fc.uniqueArray(fc.constantFrom('ann', 'bob', 'eve'), { minLength: 1 }), { nil: 'unknown' as const }),
  at: fc.option(
    fc.integer({ min: 0, max: 9 }).map((hour) => `2026-11-22T0${hour}:00:00.000Z`),
    { nil: undefined },
  ),
})
const history = fc
  .record({ begins: fc.subarray(addresses), nights: fc.array(fc.tuple(deed, deed, deed), { maxLength: 6 }) })
  .map(({ begins, nights }) => lived(begins, nights))

/** What there was at first and at last, each version that is written unlike any other, and the changes that each night took in. */
function lived(begins: readonly Address[], nights: readonly (readonly Deed[])[]) {
  const states: State[] = [new Map(begins.map((address) => [address, -1]))]
  const snapshots = nights.map((night, version) => {
    const before = states.at(-1) as State
    const after = new Map(before)
    for (const [index, { does }] of night.entries()) {
      if (does === 'write') after.set(addresses[index] as Address, version)
      if (does === 'remove') after.delete(addresses[index] as Address)
    }
    states.push(after)
    const changes = between(before, after).map(([address, what]): Happened => {
      const { by, at } = night[addresses.indexOf(address)] as Deed
      return { address, what, by, ...(at === undefined ? {} : { at }) }
    })
    return { snapshot: `snapshot ${version}`, changes }
  })
  return { first: states[0] as State, last: states.at(-1) as State, snapshots }
}

function between(before: State, after: State): readonly (readonly [Address, Happened['what']])[] {
  return addresses.flatMap((address) => {
    const [old, now] = [before.get(address), after.get(address)]
    if (old === now) return []
    return [[address, old === undefined ? 'added' : now === undefined ? 'removed' : 'changed'] as const]
  })
}

describe('changes of several snapshots folded, by law', () => {
  it('are the changes between what was before the first and what is after the last', () => {
    fc.assert(
      fc.property(history, ({ first, last, snapshots }) => {
        expect(folded(snapshots).map(({ address, what }) => [address, what])).toEqual(between(first, last))
      }),
    )
  })

  it('name all who are known for any of it, the newest moment on record, and the snapshot that took it in last', () => {
    fc.assert(
      fc.property(history, ({ snapshots }) => {
        for (const { address, by, at, snapshot } of folded(snapshots)) {
          const own = snapshots.flatMap((night) =>
            night.changes.filter((change) => change.address === address).map((change) => ({ ...change, snapshot: night.snapshot })),
          )
          const known = new Set(own.flatMap((change) => (change.by === 'unknown' ? [] : change.by)))
          const moments = own.flatMap((change) => change.at ?? [])
          expect(new Set(by === 'unknown' ? [] : by)).toEqual(known)
          expect(by).not.toEqual([])
          expect(at).toBe(moments.sort().at(-1))
          expect(snapshot).toBe(own.at(-1)?.snapshot)
        }
      }),
    )
  })

  it('are the same in one go or in two', () => {
    fc.assert(
      fc.property(history, fc.nat(6), ({ snapshots }, cut) => {
        const early = folded(snapshots.slice(0, cut)).map(({ snapshot, ...change }) => ({ snapshot, changes: [change] }))
        const told = (changes: readonly Happened[]) => changes.map(({ address, what }) => [address, what])
        expect(told(folded([...early, ...snapshots.slice(cut)]))).toEqual(told(folded(snapshots)))
      }),
    )
  })

  it('keep the audit records of each, once', () => {
    const change = { address: addresses[0] as Address, what: 'changed', by: ['ann'] } as const
    const nights = [['2'], ['1', '2'], undefined].map((records, index) => ({
      snapshot: String(index),
      changes: [{ ...change, ...(records === undefined ? {} : { records }) }],
    }))

    expect(folded(nights)).toEqual([{ ...change, records: ['1', '2'], snapshot: '2' }])
  })
})
