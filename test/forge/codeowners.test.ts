import { describe, expect, it } from 'vitest'
import { ownersOf } from '../../src/forge/codeowners.ts'

// The examples of https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
const request = 'requests/2026-11-28-restore-acme/request.yaml'

describe('owners of a path', () => {
  it.each([
    ['*', request],
    ['*.yaml', request],
    ['/requests/', request],
    ['requests/', `docs/${request}`],
    ['/requests', request],
    ['requests/*/request.yaml', request],
    ['**/request.yaml', request],
    ['/requests/**', request],
    ['requests/**/request.yaml', 'requests/request.yaml'],
    ['docs/*', 'docs/getting-started.md'],
    ['apps/', 'build/apps/x/y.js'],
  ])('%s is for %s', (pattern, path) => {
    expect(ownersOf(`${pattern} @ann`, path)).toEqual(['@ann'])
  })

  it.each([
    ['*.js', request],
    ['/apps/', 'build/apps/x.js'],
    ['docs/*', 'docs/build-app/troubleshooting.md'],
    ['request', request],
    ['/reques', request],
    ['requests/*.yaml', request],
    ['Requests/', request],
    ['re.uests/', request],
  ])('%s is not for %s', (pattern, path) => {
    expect(ownersOf(`${pattern} @ann`, path)).toEqual([])
  })

  it('are those of the last line that fits, also where it names nobody', () => {
    expect(ownersOf('* @all\n/requests/ @ann @org/team\n', request)).toEqual(['@ann', '@org/team'])
    expect(ownersOf('/requests/ @ann\n* @all\n', request)).toEqual(['@all'])
    expect(ownersOf('* @all\n/requests/\n', request)).toEqual([])
  })

  it('are not told by remarks, nor by lines that GitHub skips', () => {
    expect(ownersOf('# /requests/ @eve\n* @all # @eve\n!/requests/ @eve\n[r]equests/ @eve\r\n', request)).toEqual(['@all'])
  })
})
