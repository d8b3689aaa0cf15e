import { isObject } from '../../lib/object'

interface Token {
  token: string
  logprob: number
  bytes: number[]
}

/** `logprobsResult` in OpenAI's shape; undefined where there is none. */
export function logprobsOf(result: unknown): { content: unknown[]; refusal: null } | undefined {
  if (!isObject(result) || !Array.isArray(result.chosenCandidates)) return undefined
  const tops = Array.isArray(result.topCandidates) ? result.topCandidates : []
  const content = result.chosenCandidates.flatMap((chosen: unknown, index) => {
    const token = tokenOf(chosen)
    return token ? [{ ...token, top_logprobs: topOf(tops[index]) }] : []
  })
  return { content, refusal: null }
}

function topOf(top: unknown): Token[] {
  if (!isObject(top) || !Array.isArray(top.candidates)) return []
  return top.candidates.map(tokenOf).filter(token => token !== undefined)
}

function tokenOf(value: unknown): Token | undefined {
  if (!isObject(value) || typeof value.token !== 'string' || typeof value.logProbability !== 'number')
    return undefined
  return { token: value.token, logprob: value.logProbability, bytes: [...Buffer.from(value.token)] }
}
