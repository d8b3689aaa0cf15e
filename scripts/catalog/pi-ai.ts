import type { Capability } from '../../src/catalog/model.ts'
import type { PriceSpec } from '../../src/catalog/rate.ts'
import { positive } from './decimal.ts'
import { boundaryAbove, compact, type Fact, SOURCE_NAMES, type Tier } from './fact.ts'

interface Cost {
  input?: string
  output?: string
  cacheRead?: string
  cacheWrite?: string
}

interface Entry {
  id: string
  type: string
  reasoning?: boolean
  input: string[]
  cost: Cost & { tiers?: (Cost & { inputTokensAbove: string })[] }
  contextWindow?: string
  maxTokens?: string
}

const OWN_LIMIT = 272_000

/** pi-ai: the freshest token prices, of chat models only; $ per million tokens. */
export function piAiFacts(catalog: unknown): Fact[] {
  const byVendor = catalog as Record<string, Record<string, Entry> | undefined>
  return SOURCE_NAMES.flatMap(({ vendor, piAi }) =>
    Object.values((piAi && byVendor[piAi]) || {})
      .filter(({ type }) => type === 'chat')
      .map(entry => factOf(vendor, entry)),
  )
}

function factOf(vendor: string, entry: Entry): Fact {
  return {
    source: 'pi-ai',
    vendor,
    model: entry.id,
    price: priceOf(entry.cost),
    endpoint: 'chat.completions',
    capabilities: capabilitiesOf(entry),
    followsSchemas: undefined,
    contextWindow: contextOf(entry),
    maxOutputTokens: Number(entry.maxTokens) || undefined,
    deprecated: false,
    releasedOn: undefined,
  }
}

/** The source cuts windows at 272k where a longer prompt costs more: such a limit is its own, not the model's. */
function contextOf({ contextWindow, cost }: Entry): number | undefined {
  const tokens = Number(contextWindow) || undefined
  return tokens === OWN_LIMIT && cost.tiers ? undefined : tokens
}

function priceOf(cost: Entry['cost']): PriceSpec | undefined {
  const rates = ratesOf(cost)
  if (!rates?.input) return undefined
  const tiers: Tier[] = []
  for (const tier of cost.tiers ?? []) {
    const tierRates = ratesOf(tier)
    if (tierRates)
      tiers.push({ from_input_tokens: boundaryAbove(Number(tier.inputTokensAbove)), ...tierRates })
  }
  tiers.sort((one, other) => one.from_input_tokens - other.from_input_tokens)
  return tiers.length > 0 ? { ...rates, tiers } : rates
}

/** A zero cache rate here means that the source has none, never that the vendor gives cached tokens away. */
function ratesOf(cost: Cost) {
  return compact({
    input: positive(cost.input),
    cached_input: positive(cost.cacheRead),
    cache_write: positive(cost.cacheWrite),
    output: positive(cost.output),
  })
}

/** The source lists only models that call tools, and says nothing of schemas, documents or audio. */
function capabilitiesOf(entry: Entry): Capability[] {
  const capabilities: Capability[] = ['tools']
  if (entry.input.includes('image')) capabilities.push('vision')
  if (entry.reasoning) capabilities.push('reasoning')
  return capabilities
}
