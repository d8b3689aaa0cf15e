import type { Capability, Endpoint } from '../../src/catalog/model.ts'
import type { PriceSpec, RatesSpec } from '../../src/catalog/rate.ts'

/** The open catalogs, the newest first: that is also the order in which they are believed. */
export const SOURCES = ['pi-ai', 'models.dev', 'genai-prices'] as const
export type Source = (typeof SOURCES)[number]

export type Tier = { from_input_tokens: number } & RatesSpec

/** What one source says about one model at one vendor. */
export interface Fact {
  source: Source
  vendor: string
  /** The vendor's own id. */
  model: string
  /** Undefined: no price, or one that is zero. */
  price: PriceSpec | undefined
  /** Undefined: neither a kind that we route, nor one that this source tells. */
  endpoint: Endpoint | undefined
  capabilities: readonly Capability[] | undefined
  /** Whether it follows JSON schemas; undefined: this source does not tell. */
  followsSchemas: boolean | undefined
  contextWindow: number | undefined
  maxOutputTokens: number | undefined
  deprecated: boolean
  /** YYYY-MM-DD, where a source tells the whole day. */
  releasedOn: string | undefined
}

/** Our vendors and what each source calls them. */
export const SOURCE_NAMES: readonly {
  vendor: string
  modelsDev?: readonly string[]
  piAi?: string
  genai?: string
}[] = [
  { vendor: 'openai', modelsDev: ['openai'], piAi: 'openai', genai: 'openai' },
  { vendor: 'anthropic', modelsDev: ['anthropic'], piAi: 'anthropic', genai: 'anthropic' },
  { vendor: 'gemini', modelsDev: ['google'], piAi: 'google', genai: 'google' },
  { vendor: 'mistral', modelsDev: ['mistral'], piAi: 'mistral', genai: 'mistral' },
  { vendor: 'cohere', modelsDev: ['cohere'], genai: 'cohere' },
  { vendor: 'moonshot', modelsDev: ['moonshotai'], piAi: 'moonshotai', genai: 'moonshotai' },
  { vendor: 'deepseek', modelsDev: ['deepseek'], piAi: 'deepseek', genai: 'deepseek' },
  { vendor: 'xai', modelsDev: ['xai'], piAi: 'xai', genai: 'x-ai' },
  { vendor: 'zai', modelsDev: ['zai'], piAi: 'zai', genai: 'zai' },
  { vendor: 'minimax', modelsDev: ['minimax'], piAi: 'minimax', genai: 'minimax' },
  { vendor: 'meta', modelsDev: ['meta'], piAi: 'meta' },
  { vendor: 'perplexity', modelsDev: ['perplexity'], genai: 'perplexity' },
  { vendor: 'alibaba', modelsDev: ['alibaba'] },
  { vendor: 'voyage', genai: 'voyageai' },
  { vendor: 'azure', modelsDev: ['azure'], piAi: 'azure', genai: 'azure' },
  { vendor: 'bedrock', modelsDev: ['amazon-bedrock'], piAi: 'amazon-bedrock', genai: 'aws' },
  {
    vendor: 'vertex',
    modelsDev: ['google-vertex', 'google-vertex-anthropic'],
    piAi: 'google-vertex',
    genai: 'google',
  },
  { vendor: 'groq', modelsDev: ['groq'], piAi: 'groq', genai: 'groq' },
  { vendor: 'cerebras', modelsDev: ['cerebras'], piAi: 'cerebras', genai: 'cerebras' },
  { vendor: 'together', modelsDev: ['togetherai'], piAi: 'together', genai: 'together' },
  { vendor: 'fireworks', modelsDev: ['fireworks-ai'], piAi: 'fireworks', genai: 'fireworks' },
  { vendor: 'baseten', modelsDev: ['baseten'], piAi: 'baseten', genai: 'baseten' },
  { vendor: 'novita', modelsDev: ['novita-ai'], genai: 'novita' },
  { vendor: 'deepinfra', modelsDev: ['deepinfra'] },
  { vendor: 'siliconflow', modelsDev: ['siliconflow'] },
  { vendor: 'nebius', modelsDev: ['nebius'] },
  { vendor: 'huggingface', modelsDev: ['huggingface'], piAi: 'huggingface' },
  { vendor: 'openrouter', modelsDev: ['openrouter'], piAi: 'openrouter', genai: 'openrouter' },
]

/** Our vendors in the order in which a model's offerings stand, after the one that made it. */
export const VENDOR_ORDER: readonly string[] = SOURCE_NAMES.map(({ vendor }) => vendor)

/**
 * A boundary "above N" as the first count of tokens that pays it. OpenAI's long-context price begins at 272,000
 * itself, whatever the source writes; every other source boundary is the last count that does not pay.
 */
export function boundaryAbove(tokens: number): number {
  const openAiLong = 272_000
  return tokens === openAiLong || tokens === openAiLong - 1 ? openAiLong : tokens + 1
}

/** Drops what has no value, so that equal prices are equal texts; undefined when nothing is left. */
export function compact(rates: Record<string, string | undefined>): RatesSpec | undefined {
  const kept = Object.entries(rates).filter(([, amount]) => amount !== undefined)
  return kept.length > 0 ? (Object.fromEntries(kept) as RatesSpec) : undefined
}
