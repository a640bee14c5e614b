// What git runs to show a file (`tidemark git-setup`), twice a file: it loads nothing of the command line, and the vault only for what is sealed.
import { readFile } from 'node:fs/promises'

const largest = 8 * 1024 * 1024

const bytes = await readFile(process.argv[2] ?? '')
// Git shows whatever is printed, so all of it is printed at once, at the end.
process.stdout.write(bytes.length <= largest && bytes.includes('\nsops:\n') ? await shown(bytes) : bytes)

async function shown(sealed: Buffer): Promise<string | Buffer> {
  const text = sealed.toString('utf8')
  if (!Buffer.from(text).equals(sealed)) return sealed
  const { textToShow } = await import('../wiring/textconv.ts')
  return textToShow(text, { folder: process.cwd(), environment: process.env })
}
