import { tokenEnds } from './tokens'

const LEAST_TOKENS = 1024
const STEP_TOKENS = 128
const MAX_PREFIXES = 20_000

/** Which beginnings of prompts were seen before, in steps of 128 tokens from 1,024 on. Full: the oldest are forgotten. */
export class PromptCache {
  private readonly seen = new Set<bigint>()

  /** How many tokens at the prompt's beginning are cached; from now on all of it is. */
  take(prompt: string): number {
    let cached = 0
    let unbroken = true
    let hash = 0n
    let from = 0
    let tokens = 0
    for (const end of tokenEnds(prompt)) {
      tokens += 1
      if (tokens < LEAST_TOKENS || tokens % STEP_TOKENS !== 0) continue
      hash = BigInt(Bun.hash(prompt.slice(from, end), hash))
      from = end
      unbroken &&= this.seen.has(hash)
      if (unbroken) cached = tokens
      this.remember(hash)
    }
    return cached
  }

  private remember(hash: bigint): void {
    this.seen.add(hash)
    if (this.seen.size <= MAX_PREFIXES) return
    const [oldest] = this.seen
    if (oldest !== undefined) this.seen.delete(oldest)
  }
}
