/** Writes and publishes one commit after the other until it is killed; says every commit that was published. */
import { systemClock } from '../../src/lib/clock.ts'
import { openRepository } from '../../src/repository/open.ts'
import { readSigningKey } from '../../src/repository/signing.ts'

const [path = '', branch = '', key = ''] = process.argv.slice(2)
const repository = await openRepository({ path, clock: systemClock, signingKey: readSigningKey(key) })
process.send?.('ready')
for (let round = 0; ; round++) {
  const parent = await repository.head(branch)
  const changes = Array.from({ length: 150 }, (_, index) => ({
    path: `jira/field/f${index}.yaml`,
    text: `${process.pid} ${round} ${index}\n`.repeat(20),
  }))
  const commit = await repository.prepare({ branch, parent, changes, message: `${process.pid} ${round}` })
  if (commit === undefined) throw new Error('nothing was written')
  await repository.publish([{ branch, expected: parent, commit }])
  process.send?.(commit)
}
