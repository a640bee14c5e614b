import { code } from '../../engine/markdown.ts'
import type { Issue, Issues } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { keepIssue } from './standing-issue.ts'

const marker = '<!-- tidemark:public -->'

/** What stops all that would read a site or show anything of it. */
export function madePublic(): TidemarkError {
  return new TidemarkError('FORGE_MADE_PUBLIC', 'Everybody can read this repository, and tidemark.yaml does not say that this is wanted.', {
    cure: 'Make it private again, and change whatever stood in it in the clear. If everybody shall read it, set repository.public: true in tidemark.yaml on main.',
  })
}

/** Keeps the one issue about it. It stands where everybody reads: it names no site and nothing of one. */
export function tellPublic(forge: Issues, isStopped: boolean): Promise<Issue | undefined> {
  const { message, cure } = madePublic()
  const text = [
    marker,
    `${message} Tidemark has stopped: until that is settled, nothing is backed up, planned or applied.`,
    '',
    `${cure}`,
    '',
    `The first ${code('backup')} after that closes this issue.`,
  ].join('\n')
  return keepIssue(forge, {
    marker,
    title: 'Tidemark has stopped: everybody can read this repository',
    text: isStopped ? text : undefined,
    over: 'The repository is read by whom the settings want to read it.',
  })
}
