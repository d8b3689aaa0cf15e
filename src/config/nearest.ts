/** The name that was probably meant, or undefined where none is near: at most a third of its letters differ. */
function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  const wanted = plain(name)
  for (const candidate of candidates) {
    const away = distance(wanted, plain(candidate))
    if (away < bestDistance && away <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate
      bestDistance = away
    }
  }
  return best
}

/** An ending to a problem: ` (did you mean "api_key"?)`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = nearest(name, candidates)
  return near === undefined ? '' : ` (did you mean ${JSON.stringify(near)}?)`
}

const MAX_LETTERS = 64
const plain = (name: string) => name.slice(0, MAX_LETTERS).toLowerCase().replaceAll('-', '_')

/** Letters to insert, remove or replace, or neighbours to swap. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const swapped = isSwap ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      const replaced = (last[column - 1] ?? 0) + (same ? 0 : 1)
      current.push(Math.min(replaced, swapped, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}
