import { parseUsd } from '../lib/money'
import type { Capability, Model } from './model'
import type { Price, Rate } from './price'

/** The built-in demo vendor's models. They cost something, so that what a request costs can be seen without a vendor's key. */
export const DEMO_MODELS: readonly Model[] = [
  demoModel('demo', 'demo-2026-11', priceOf('demo-1', '0.50', '0.05', '2.00'), []),
  demoModel('demo-reasoning', 'demo-reasoning-2026-11', priceOf('demo-reasoning-1', '1.00', '0.10', '4.00'), [
    'reasoning',
  ]),
]

function demoModel(id: string, upstreamId: string, price: Price, more: Capability[]): Model {
  return {
    id,
    aliases: [],
    endpoints: ['chat.completions'],
    capabilities: new Set<Capability>([
      'tools',
      'parallel_tools',
      'vision',
      'json_mode',
      'json_schema',
      'streaming',
      ...more,
    ]),
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    price,
    deprecatedOn: null,
    offerings: [{ vendor: 'demo', model: upstreamId }],
  }
}

function priceOf(version: string, input: string, cachedInput: string, output: string): Price {
  const rates = {
    input: perMillion(input),
    cached_input: perMillion(cachedInput),
    output: perMillion(output),
  }
  return { version, rates, tiers: [] }
}

function perMillion(usd: string): Rate {
  const amountPicoUsd = parseUsd(usd)
  if (amountPicoUsd === undefined) throw new TypeError(`${usd} is no amount of dollars`)
  return { amountPicoUsd, per: 1_000_000n }
}
