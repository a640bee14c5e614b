// Says what to do where the running Node is too old. Must itself run on old versions: plain JavaScript, no imports of ours.
import { readFileSync } from 'node:fs'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const wanted = engines.node
  .replace(/[^0-9.]/g, '')
  .split('.')
  .map(Number)
const running = process.versions.node.split('.').map(Number)
const older = wanted.map((number, index) => running[index] - number).find((difference) => difference !== 0) < 0

if (older) {
  process.stderr.write(
    `Tidemark needs Node ${engines.node}; this is ${process.version}.\n` +
      'The right one is a dependency of this project and npm scripts find it by themselves. It is missing, so either\n' +
      '  - run `npm ci` again without --ignore-scripts (the package `node` is put in place by its install script), or\n' +
      '  - install a newer Node, from https://nodejs.org.\n',
  )
  process.exit(1)
}
