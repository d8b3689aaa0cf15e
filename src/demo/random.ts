/** Numbers from 0 up to 1, without 1. */
export type Random = () => number

/** The same numbers for the same seed, for ever: xorshift over a hash of it. */
export function seededRandom(seed: string): Random {
  let state = Number(BigInt(Bun.hash(seed)) & 0xffff_ffffn) || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 0x1_0000_0000
  }
}

/** One of the items, each as likely as another. */
export function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random() * items.length)] ?? items[0]
}
