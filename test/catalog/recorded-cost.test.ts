import { describe, expect, test } from 'bun:test'
import { builtInModels } from '../../src/catalog/models'
import { totalCost } from '../../src/catalog/total-cost'
import { NO_USAGE } from '../../src/wire/usage'
import { orNone, recorded } from '../recorded'
import { bytesOf } from '../recordings/wire'

interface Told {
  prompt_tokens: number
  completion_tokens: number
  cost: { request_cost: number; total_cost: number }
}

const searched = recorded('chats of the family').filter(path => path.includes('/pplx-'))
/** Perplexity rounds what it says to so many pico-dollars. */
const ROUNDED_PICO = 10_000_000

describe.skipIf(searched.length === 0)(
  'what Perplexity says that an answer cost (skipped where ../shared is absent)',
  () => {
    test.each(orNone(searched))('the search is charged as it was billed: %s', path => {
      const chunks = [
        ...Buffer.from(bytesOf(path, 'done'))
          .toString()
          .matchAll(/^data: (\{.*\})\s*$/gm),
      ]
      const told = chunks
        .map(([, chunk]) => (JSON.parse(chunk!) as { usage?: Told }).usage)
        .findLast(Boolean)!
      expect(told.cost.request_cost).toBe(0.005)
      const price = builtInModels().find(({ id }) => id === 'sonar')!.price!
      const [inputTokens, outputTokens] = [told.prompt_tokens, told.completion_tokens]
      const charged = Number(totalCost({ ...NO_USAGE, inputTokens, outputTokens }, price))
      expect(Math.abs(charged - told.cost.total_cost * 1e12)).toBeLessThan(ROUNDED_PICO)
    })
  },
)
