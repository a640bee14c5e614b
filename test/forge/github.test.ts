import { afterAll, describe, expect, it } from 'vitest'
import { type ForgeWorld, forgeSuite } from '../suites/forge.suite.ts'
import { everything, type ForgeKit, forgeKit } from './kit.ts'

const kits: ForgeKit[] = []

async function world(of: (kit: ForgeKit) => Pick<ForgeWorld, 'forge' | 'self' | 'mayCheck'>): Promise<ForgeWorld> {
  const kit = await forgeKit()
  kits.push(kit)
  const { as, setRole, branch, comments } = kit.github
  return { ...of(kit), as, setRole, branch, comments }
}

forgeSuite('GitHub with GITHUB_TOKEN', () => world((kit) => ({ forge: kit.forge(), self: undefined, mayCheck: true })))

forgeSuite("GitHub with a person's token", () =>
  world((kit) => ({ forge: kit.forge({ token: kit.github.userToken('ann') }), self: 'ann', mayCheck: false })),
)

forgeSuite('GitHub with an App', () =>
  world((kit) => {
    const { id, privateKey } = kit.github.app('tidemark-acme', everything)
    return { forge: kit.forge({ app: { id, privateKey } }), self: 'tidemark-acme[bot]', mayCheck: true }
  }),
)

describe('what GitHub was asked and what the double answered in all this', () => {
  it('is what the document of GitHub says', () => {
    expect(kits.length).toBeGreaterThan(40)
    expect(kits.reduce((sum, { recorder }) => sum + recorder.exchanges.length, 0)).toBeGreaterThan(250)
    expect([...new Set(kits.flatMap(({ recorder }) => recorder.deviations()))]).toEqual([])
  })
})

afterAll(() => void kits.splice(0))
