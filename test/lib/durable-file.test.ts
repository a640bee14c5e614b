import { appendFile, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { durableFile } from '../../src/lib/durable-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

describe('a durable file', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  beforeAll(async () => {
    folder = await temporaryFolder()
  })
  afterAll(() => folder.remove())

  it('has no lines before the first one, and then is for its owner only', async () => {
    const path = join(folder.path, 'a', 'b', 'journal')
    const file = durableFile(path)
    expect(await file.lines()).toEqual([])
    await file.append(['one', 'two'])
    expect(await file.lines()).toEqual(['one', 'two'])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await file.close()
  })

  it('keeps every line, in the order in which they were given, of many who write at once', async () => {
    const path = join(folder.path, 'many')
    const file = durableFile(path)
    const lines = Array.from({ length: 200 }, (_none, index) => `line ${index}`)
    await Promise.all(lines.map((line) => file.append([line])))
    expect(await durableFile(path).lines()).toEqual(lines)
    await file.close()
  })

  it('does not count a line that was cut short, and writes the next one on a line of its own', async () => {
    const path = join(folder.path, 'torn')
    const first = durableFile(path)
    await first.append(['whole'])
    await first.close()
    await appendFile(path, '{"torn":')
    const file = durableFile(path)
    expect(await file.lines()).toEqual(['whole'])
    await file.append(['next'])
    expect(await readFile(path, 'utf8')).toBe('whole\n{"torn":\nnext\n')
    await file.close()
  })

  it('answers nobody for a line that could not be written', async () => {
    const file = durableFile(join(folder.path, 'torn', 'is a file'))
    await expect(file.append(['x'])).rejects.toThrow()
    await expect(file.append(['y'])).rejects.toThrow()
  })
})
