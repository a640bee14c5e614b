import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { certificate } from '../lib/certificate.ts'
import { temporaryRoot } from '../support/temporary.ts'
import { type Reader, startGoSops } from './go-sops.ts'

async function talker(): Promise<Reader> {
  const folder = await mkdtemp(join(temporaryRoot, 'readers-'))
  return startGoSops(process.execPath, [], { args: [join(import.meta.dirname, 'talker.ts')], certificate: { folder, ...certificate } })
}

// An error that nobody takes up ends the process, and with it this test.
describe('the exchange with the Go reader', () => {
  it('refuses a document whose end was broken off, or could not be understood, or was not told, and goes on with the next', async () => {
    const reader = await talker()
    try {
      expect(await reader.read('break off')).toEqual({ refused: 'the reader broke off what it said' })
      expect(await reader.read('talk nonsense')).toMatchObject({ refused: expect.stringContaining('could not be understood') })
      expect(await reader.read('say nothing')).toEqual({ refused: 'the reader ended without a word' })
      expect(await reader.read('a document')).toEqual({ refused: 'read: a document' })
    } finally {
      await reader.stop()
    }
  })

  it('refuses the document in hand of a reader that dies while it speaks, and gives the next one to another', async () => {
    const reader = await talker()
    try {
      const [first, second] = [reader.read('die'), reader.read('a document')]
      expect((await first) as object).toHaveProperty('refused')
      expect(await second).toEqual({ refused: 'read: a document' })
    } finally {
      await reader.stop()
    }
  })

  it('stops a reader that has told the end and still speaks', async () => {
    const reader = await talker()
    expect(await reader.read('linger')).toEqual({ refused: 'lingering' })
    await reader.stop()
  })

  it('refuses what is left when it is stopped', async () => {
    const reader = await talker()
    const [first, second] = [reader.read('linger'), reader.read('a document')]
    await first
    await reader.stop()
    expect(await second).toEqual({ refused: 'the reader was stopped' })
  })
})
