import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

const launcher = fileURLToPath(new URL('../../src/cli/launcher.ts', import.meta.url))

describe('the launcher', () => {
  it('starts the command line, and ends as it does', () => {
    const version = spawnSync(process.execPath, [launcher, '--version'], { encoding: 'utf8' })
    const wrong = spawnSync(process.execPath, [launcher, 'bakcup'], { encoding: 'utf8' })

    expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect(wrong).toMatchObject({ status: 3, stderr: expect.stringContaining("Unknown command 'bakcup'") })
  })

  it('imports nothing but itself and Node, so that an old Node gets as far as being told', () => {
    const seen = new Set<string>()
    const look = (file: URL): void => {
      if (seen.has(file.href)) return
      seen.add(file.href)
      for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^import .* from '([^']+)'/gm)) {
        if (name.startsWith('.')) look(new URL(name, file))
        else expect(name).toMatch(/^node:/)
      }
    }

    look(pathToFileURL(launcher))

    expect([...seen].some((file) => file.endsWith('/main.ts'))).toBe(false)
  })
})
