import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { products } from '../../scripts/generate/catalogue.ts'
import { requestPage, resourcePage, schemaPath, settingsPage } from '../../scripts/generate/schemas.ts'
import { root, sourcesIn } from '../../scripts/generate/sources.ts'
import { readPlainYaml } from '../../src/lib/plain-yaml.ts'
import { writeSettings } from '../../src/wiring/settings-files.ts'

const schema: { $schema: string } = JSON.parse(readFileSync(new URL('schemas/settings.json', root), 'utf8'))

/** What an editor says of a settings file. */
function accepts(text: string): boolean {
  const yaml = readPlainYaml(text)
  return 'lineOf' in yaml && new Ajv({ strict: false }).compile(schema)(yaml.value)
}

describe('the schema of the settings, as editors use it', () => {
  it('is draft 7, which is what yaml-language-server knows', () => {
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#')
  })

  it('accepts what init writes and marks what the tool refuses', () => {
    const text = writeSettings({ site: 'acme', url: 'https://acme.atlassian.net', remote: '../backups.git', allowHosts: ['127.0.0.1:1'] })

    expect(accepts(text)).toBe(true)
    expect(accepts(text.replace('schedule:', 'shedule:'))).toBe(false)
    expect(accepts(text.replace('days: 30', 'days: 0'))).toBe(false)
  })

  it('describes every setting, so that an editor can show it', () => {
    const bare: string[] = []
    const walk = (node: unknown, at: string): void => {
      if (typeof node !== 'object' || node === null) return
      const { properties = {}, patternProperties = {} } = node as Record<string, Record<string, object>>
      for (const [name, inner] of Object.entries({ ...properties, ...patternProperties })) {
        const groups = inner as { description?: string; properties?: object }
        if (groups.description === undefined && groups.properties === undefined) bare.push(`${at}/${name}`)
        walk(inner, `${at}/${name}`)
      }
    }
    walk(schema, '')

    expect(bare).toEqual([])
  })
})

const types = (await products()).flatMap(({ types: own }) => own)

describe('the schemas of resources', () => {
  it('and those of settings and requests are what the sources say today', () => {
    const wanted = new Map([
      ['schemas/settings.json', settingsPage()],
      ['schemas/request.json', requestPage()],
      ...types.map((type) => [schemaPath(type), resourcePage(type)] as const),
    ])

    expect(new Map(sourcesIn('schemas', '.json').map(({ path, text }) => [path, text]))).toEqual(wanted)
  })

  it.each(sourcesIn('schemas', '.json').filter(({ path }) => !/^schemas\/[a-z]+\.json$/.test(path)))(
    '$path compiles and speaks of addresses, not of ids',
    ({ path, text }) => {
      const resource = JSON.parse(text)

      expect(
        new Ajv({ strict: false }).compile(resource)({ address: `${path.slice('schemas/'.length, -'.json'.length)}/x`, spec: 1 }),
      ).toBe(false)
      expect(Object.keys(resource.properties.spec.properties ?? {})).not.toContain('id')
    },
  )
})
