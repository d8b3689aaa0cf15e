import type { Capability, Endpoint } from '../../src/catalog/model.ts'
import type { PriceSpec } from '../../src/catalog/rate.ts'
import { positive } from './decimal.ts'
import { boundaryAbove, compact, type Fact, SOURCE_NAMES, type Tier } from './fact.ts'

interface Cost {
  input?: string
  output?: string
  reasoning?: string
  cache_read?: string
  cache_write?: string
  input_audio?: string
  output_audio?: string
  tiers?: (Cost & { tier: { type: string; size: string } })[]
}

interface Entry {
  id: string
  reasoning: boolean
  tool_call: boolean
  structured_output?: boolean
  modalities: { input: string[]; output: string[] }
  limit: { context?: string; output?: string }
  cost?: Cost
  status?: string
  release_date?: string
}

/** models.dev: kind, limits and capabilities of nearly every model; $ per million tokens. */
export function modelsDevFacts(catalog: unknown): Fact[] {
  const byVendor = catalog as Record<string, { models: Record<string, Entry> } | undefined>
  return SOURCE_NAMES.flatMap(({ vendor, modelsDev }) =>
    (modelsDev ?? []).flatMap(name =>
      Object.values(byVendor[name]?.models ?? {}).map(entry => factOf(vendor, entry)),
    ),
  )
}

function factOf(vendor: string, entry: Entry): Fact {
  return {
    source: 'models.dev',
    vendor,
    model: entry.id,
    price: priceOf(entry.cost),
    endpoint: endpointOf(entry),
    capabilities: capabilitiesOf(entry),
    followsSchemas: entry.structured_output,
    contextWindow: limit(entry.limit.context),
    maxOutputTokens: limit(entry.limit.output),
    deprecated: entry.status === 'deprecated',
    releasedOn: /^\d{4}-\d{2}-\d{2}$/.test(entry.release_date ?? '') ? entry.release_date : undefined,
  }
}

function priceOf(cost: Cost | undefined): PriceSpec | undefined {
  const rates = cost && ratesOf(cost)
  if (!rates?.input) return undefined
  const tiers: Tier[] = []
  for (const tier of cost?.tiers ?? []) {
    const tierRates = tier.tier.type === 'context' ? ratesOf(tier) : undefined
    if (tierRates) tiers.push({ from_input_tokens: boundaryAbove(Number(tier.tier.size)), ...tierRates })
  }
  tiers.sort((one, other) => one.from_input_tokens - other.from_input_tokens)
  return tiers.length > 0 ? { ...rates, tiers } : rates
}

function ratesOf(cost: Cost) {
  return compact({
    input: positive(cost.input),
    cached_input: positive(cost.cache_read),
    cache_write: positive(cost.cache_write),
    output: positive(cost.output),
    reasoning: positive(cost.reasoning),
    audio_input: positive(cost.input_audio),
    audio_output: positive(cost.output_audio),
  })
}

const NOT_SERVED =
  /realtime|-live-|livetranslate|lyria|veo|imagine-video|llama-guard|prompt-guard|^deep-research|gemini-.*-deep|-ocr|paddleocr|computer-use/

/** What comes in and goes out says which route serves it; what none serves (video, music, realtime) is left out. */
function endpointOf({ id, modalities: { input, output } }: Entry): Endpoint | undefined {
  if (/embed/i.test(id)) return 'embeddings'
  if (/gpt-image|chatgpt-image|grok-imagine-image/.test(id)) return 'images.generations'
  if (NOT_SERVED.test(id)) return undefined
  if (output.includes('video')) return undefined
  if (output.includes('text')) return input.join() === 'audio' ? 'audio.transcriptions' : 'chat.completions'
  return output.join() === 'audio' && input.join() === 'text' ? 'audio.speech' : undefined
}

function capabilitiesOf(entry: Entry): Capability[] {
  const { input } = entry.modalities
  return (
    [
      ['tools', entry.tool_call],
      ['vision', input.includes('image')],
      ['pdf', input.includes('pdf')],
      ['audio_input', input.includes('audio')],
      ['reasoning', entry.reasoning],
    ] as const
  ).flatMap(([capability, is]) => (is ? [capability] : []))
}

function limit(text: string | undefined): number | undefined {
  const tokens = Number(text)
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined
}
