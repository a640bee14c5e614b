/** The name at a place of an endless list: every pair of words once, then again with a number behind it. */
export function numbered(
  place: number,
  first: readonly string[],
  second: readonly string[],
  name: (a: string, b: string) => string,
): string {
  const pairs = first.length * second.length
  const round = Math.floor(place / pairs)
  const pair = place % pairs
  const plain = name(first[pair % first.length] ?? '', second[Math.floor(pair / first.length)] ?? '')
  return round === 0 ? plain : `${plain} ${round + 1}`
}
