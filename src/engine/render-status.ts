import { printable } from '../model/printable.ts'

/** How the backups of a site stand, as whoever asked for it found out. */
export interface StatusTold {
  readonly site: string
  readonly state: 'current' | 'late' | 'unread'
  readonly last?: { readonly state: string; readonly ended: string; readonly age: number }
  readonly unread: readonly string[]
}

/** One line about the backups of a site. */
export function statusAsText({ site, state, last, unread }: StatusTold): string {
  if (last === undefined) return `${site}: never backed up.`
  const when = `last backed up ${ageAsText(last.age)} ago (${printable(last.ended, 40)}, ${printable(last.state.replaceAll('_', ' '), 40)})`
  if (state === 'late') return `${site}: too long ago, ${when}.`
  if (state === 'unread') return `${site}: ${when}, and in three runs in a row not read completely: ${unread.join(', ')}.`
  return `${site}: ${when}.`
}

const hour = 3_600_000

function ageAsText(age: number): string {
  const [count, unit] = age >= 48 * hour ? [age / (24 * hour), 'day'] : age >= hour ? [age / hour, 'hour'] : [age / 60_000, 'minute']
  return `${Math.floor(count)} ${unit}${Math.floor(count) === 1 ? '' : 's'}`
}
