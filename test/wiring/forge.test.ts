import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { doctorGithub } from '../../src/wiring/forge.ts'
import { addGithub } from '../../src/wiring/init-github.ts'
import type { Place } from '../../src/wiring/open.ts'
import { memoryForge } from '../doubles/memory-forge.ts'
import { temporaryFolder } from '../support/temporary.ts'

const github = { repository: 'acme/jira-config', action: `tidemark/tidemark-action@${'0'.repeat(40)}` }
const site = (name: string) => `  '${name}': {url: "https://${name}.atlassian.net", products: {jira: {}}}\n`

let place: Place
let temporary: Awaited<ReturnType<typeof temporaryFolder>>

afterEach(() => temporary.remove())

beforeEach(async () => {
  temporary = await temporaryFolder()
  const folder = temporary.path
  await writeFile(join(folder, 'tidemark.yaml'), `format: 1\nsites:\n${site('acme')}`)
  place = { folder, environment: {}, context: { clock: systemClock, log: silentLog, signal: new AbortController().signal } }
})

async function codes(): Promise<readonly string[]> {
  return (await doctorGithub(place, () => memoryForge())).map(({ code }) => code).filter((code) => code.startsWith('SETTINGS_'))
}

describe('doctor --github', () => {
  it('asks nobody where the settings name no repository', async () => {
    const findings = await doctorGithub(place, () => expect.unreachable('a forge was opened'))

    expect(findings).toEqual([expect.objectContaining({ level: 'error', code: 'SETTINGS_NO_FORGE' })])
  })

  it('opens the repository that they name, and looks at everything that init wrote', async () => {
    await addGithub(place, { folder: place.folder, github: { ...github, api: 'https://github.acme.example/api/v3' } })
    const forge = memoryForge()

    const findings = await doctorGithub(place, (settings) => {
      expect(settings).toEqual({ github: 'acme/jira-config', api: 'https://github.acme.example/api/v3' })
      return forge
    })

    expect(findings.filter(({ code }) => code === 'FORGE_NO_WORKFLOW')).toHaveLength(9)
    expect(findings.filter(({ code }) => code === 'FORGE_NO_ENVIRONMENT')).toHaveLength(2)
  })

  it('tells a site that came later and has neither jobs nor credentials in them yet', async () => {
    await addGithub(place, { folder: place.folder, github: { ...github, codeOwners: ['ann', 'ben'] } })
    expect(await codes()).toEqual([])

    await writeFile(
      join(place.folder, 'tidemark.yaml'),
      `format: 1\nsites:\n${site('acme')}${site('acme-eu')}repository: {github: acme/jira-config}\n`,
    )

    expect(await codes()).toEqual([
      ...Array.from({ length: 3 }, () => 'SETTINGS_SITE_WITHOUT_JOB'),
      ...Array.from({ length: 5 }, () => 'SETTINGS_SITE_WITHOUT_SECRETS'),
    ])
  })

  it('misses no credentials where those for all sites are handed over', async () => {
    await addGithub(place, { folder: place.folder, github: { ...github, codeOwners: ['ann', 'ben'] } })
    const file = join(place.folder, '.github', 'workflows', 'tidemark-plan.yml')
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('TIDEMARK_ACME_', 'TIDEMARK_'))

    expect(await codes()).toEqual([])
  })

  it.each([
    ['one person and one approval', '@ann', '', ['SETTINGS_FEW_APPROVE']],
    ['the same person twice', '@ann @Ann', '', ['SETTINGS_FEW_APPROVE']],
    ['two people and one approval', '@ann @ben', '', []],
    ['two people and two approvals', '@ann @ben', 'policy: {approvals: 2}', ['SETTINGS_FEW_APPROVE']],
    ['one person and none', '@ann', 'policy: {approvals: 0}', []],
    ['approvers in the settings', '@ann @ben', 'policy: {approvers: [ann]}', ['SETTINGS_FEW_APPROVE']],
  ])('tells when whoever asks could leave too few to approve: %s', async (_case, owners, policy, told) => {
    await addGithub(place, { folder: place.folder, github })
    await writeFile(join(place.folder, '.github', 'CODEOWNERS'), `/requests/ ${owners}\n`)
    await writeFile(
      join(place.folder, 'tidemark.yaml'),
      `format: 1\nsites:\n${site('acme')}repository: {github: acme/jira-config}\n${policy}\n`,
    )

    expect(await codes()).toEqual(told)
  })

  it('tells when nobody may approve, since then nothing is ever applied', async () => {
    await addGithub(place, { folder: place.folder, github })
    expect(await codes()).toEqual(['SETTINGS_NOBODY_APPROVES'])

    for (const owners of ['* @ann @ben\n', '/requests/ @acme/admins @ann @ben\n', '* @acme/admins\nrequests/** @ann @ben\n']) {
      await writeFile(join(place.folder, '.github', 'CODEOWNERS'), owners)
      expect(await codes()).toEqual([])
    }
    for (const owners of [
      '/requests/\n',
      '# /requests/ @ann\n',
      '/requests/ # @ann\n',
      '/keys/ @ann\n',
      '/requests/ @acme/admins\n',
      '* @ann\n/requests/\n',
    ]) {
      await writeFile(join(place.folder, '.github', 'CODEOWNERS'), owners)
      expect(await codes()).toEqual(['SETTINGS_NOBODY_APPROVES'])
    }
  })

  it('looks at no code owners where the settings list approvers', async () => {
    await addGithub(place, { folder: place.folder, github })
    await rm(join(place.folder, '.github', 'CODEOWNERS'))
    expect(await codes()).toEqual(['SETTINGS_NOBODY_APPROVES'])

    await writeFile(
      join(place.folder, 'tidemark.yaml'),
      `format: 1\nsites:\n${site('acme')}repository: {github: acme/jira-config}\npolicy: {approvers: [ann, ben]}\n`,
    )

    expect(await codes()).toEqual([])
  })
})
