/** A drawn name as Jira takes it: not blank (`blank` in place of it), and cut between letters to `longest` code units. */
export function orX(name: string, longest: number, blank = 'x'): string {
  if (name.trim() === '') return blank
  if (name.length <= longest) return name
  let cut = ''
  for (const { segment } of new Intl.Segmenter().segment(name)) {
    if (cut.length + segment.length > longest) break
    cut += segment
  }
  return cut
}

/** The same for names of which no two may be alike but for case: the later ones get a number. */
export function distinctly(longest: number, taken: readonly string[] = []): (name: string) => string {
  const used = new Set(taken.map((name) => name.toLowerCase()))
  return (name) => {
    let free = orX(name, longest)
    for (let number = 2; used.has(free.toLowerCase()); number += 1) free = `${orX(name, longest - 4)} ${number}`
    used.add(free.toLowerCase())
    return free
  }
}
