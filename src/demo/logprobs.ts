import type { Random } from './random'

interface Candidate {
  token: string
  logprob: number
  bytes: number[]
}

export interface TokenLogprob extends Candidate {
  top_logprobs: Candidate[]
}

/** Invented probabilities of the right shape: the token itself comes first among its alternatives, likelier than all. */
export function logprobsOf(tokens: string[], top: number, random: Random): TokenLogprob[] {
  return tokens.map(token => {
    const chosen = candidate(token, -random() * 0.5)
    const others = Array.from({ length: Math.max(0, top - 1) }, (_, rank) =>
      candidate(`${token}${rank + 1}`, chosen.logprob - 1 - rank),
    )
    return { ...chosen, top_logprobs: top > 0 ? [chosen, ...others] : [] }
  })
}

function candidate(token: string, logprob: number): Candidate {
  return { token, logprob, bytes: [...new TextEncoder().encode(token)] }
}
