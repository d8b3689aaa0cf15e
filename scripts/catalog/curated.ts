import type { Endpoint } from '../../src/catalog/model.ts'
import type { PriceSpec } from '../../src/catalog/rate.ts'
import type { Source } from './fact.ts'

/** What we decided ourselves, each with its reason: the sources alone do not say it, or say it wrongly. */

/** Free, said by us: a zero in a source never counts without a line here. */
export const FREE: readonly { vendor: string; model: string; price: PriceSpec; reason: string }[] = [
  {
    vendor: 'openai',
    model: 'omni-moderation-latest',
    price: { input: '0' },
    reason: 'OpenAI charges nothing for moderation',
  },
  {
    vendor: 'zai',
    model: 'glm-4.7-flash',
    price: { input: '0', output: '0' },
    reason: 'Z.ai offers its Flash models free of charge; models.dev has zero',
  },
  {
    vendor: 'zai',
    model: 'glm-4.5-flash',
    price: { input: '0', output: '0' },
    reason: 'Z.ai offers its Flash models free of charge; models.dev has zero',
  },
  {
    vendor: 'zai',
    model: 'glm-4.6v-flash',
    price: { input: '0', output: '0' },
    reason: 'Z.ai offers its Flash models free of charge; models.dev has zero',
  },
]

/** Models that search whatever is asked of them. */
const SEARCHING: readonly { vendor: string; model: string; price: PriceSpec }[] = [
  { vendor: 'perplexity', model: 'sonar', price: { input: '1', output: '1', request: '0.005' } },
  { vendor: 'perplexity', model: 'sonar-pro', price: { input: '3', output: '15', request: '0.006' } },
  {
    vendor: 'perplexity',
    model: 'sonar-reasoning-pro',
    price: { input: '2', output: '8', request: '0.006' },
  },
  { vendor: 'openrouter', model: 'perplexity/sonar', price: { input: '1', output: '1', request: '0.005' } },
  {
    vendor: 'openrouter',
    model: 'perplexity/sonar-pro',
    price: { input: '3', output: '15', request: '0.005' },
  },
  {
    vendor: 'openrouter',
    model: 'perplexity/sonar-reasoning-pro',
    price: { input: '2', output: '8', request: '0.005' },
  },
  {
    vendor: 'openrouter',
    model: 'perplexity/sonar-pro-search',
    price: { input: '3', output: '15', request: '0.018' },
  },
]

export interface Decision {
  vendor: string
  model: string
  price: PriceSpec
  /** Why the sources' own price was not taken; a note that alone gives the price is named. */
  reason: string
}

/** Prices taken by hand, before every source. */
export const DECISIONS: readonly Decision[] = [
  {
    vendor: 'anthropic',
    model: 'claude-opus-4-7',
    price: {
      input: '5',
      cached_input: '0.5',
      cache_write: '6.25',
      cache_write_1h: '10',
      output: '25',
    },
    reason: 'note vendors.md §10.3, and all three sources where they speak: flat over the whole 1M context',
  },
  ...['deepseek-v4-flash', 'deepseek-v4-flash-vision-exp'].map(model => ({
    vendor: 'deepseek',
    model,
    price: { input: '0.3', cached_input: '0.006', output: '1.2' },
    reason:
      'answered by deepseek-flash now (models.dev), so at its price; models.dev itself has the off-peak half of it',
  })),
  ...SEARCHING.map(({ vendor, model, price }) => ({
    vendor,
    model,
    price,
    reason:
      vendor === 'perplexity'
        ? "each request is a search: Perplexity's fee for its smallest context, which is the usual one and alone is let through (a recorded answer of sonar bills it so); genai-prices has the dearest"
        : "each request is taken as one search: the fee of OpenRouter's page of the model",
  })),
  {
    vendor: 'openai',
    model: 'whisper-1',
    price: { audio_minute: '0.006' },
    reason: 'note vendors.md §10.4 ($0.0001 a second); genai-prices has the same as $0.36 an hour',
  },
  {
    vendor: 'openai',
    model: 'tts-1',
    price: { character: '15' },
    reason: 'only note vendors.md §10.4 gives it ($15 per million characters)',
  },
]

/** Disagreements with a note of vendors.md §10 (whose LiteLLM row is of July): the sources' price stands, and why. */
export const NOTED: readonly { vendor: string; model: string; reason: string }[] = [
  {
    vendor: 'openai',
    model: 'gpt-4o-transcribe',
    reason:
      'note vendors.md §10.4 has audio tokens at 2.5, genai-prices at 6: the newer and higher one is taken',
  },
  {
    vendor: 'openai',
    model: 'gpt-4o-mini-tts',
    reason: 'note vendors.md §10.4 has text at 2.5, genai-prices at 0.6: the newer one is taken',
  },
  {
    vendor: 'openai',
    model: 'gpt-5.6-sol',
    reason: 'note vendors.md §10.2: LiteLLM of July has 5/30, before the price was cut on 2026-08-21',
  },
  ...['deepseek-v4-pro', 'deepseek-flash'].map(model => ({
    vendor: 'deepseek',
    model,
    reason:
      "the price of DeepSeek's peak hours is charged at all hours: a price here knows no time of day, and nobody is charged too little (note vendors.md §10.2)",
  })),
]

/** Where an older source is believed before a newer one. */
export const PREFERRED: readonly { vendor: string; id: RegExp; source: Source; reason: string }[] = [
  {
    vendor: 'vertex',
    id: /^gemini-(2\.5|3\.1)-pro/,
    source: 'models.dev',
    reason: "Gemini's own list has the tier in every source: pi-ai's Vertex list lacks it",
  },
]

/** Where a price above a count of tokens is not believed. */
export const FLAT: readonly { vendor: string; id: RegExp; reason: string }[] = [
  {
    vendor: 'vertex',
    id: /^claude-(opus|sonnet)-4-[678]@/,
    reason:
      'taken as flat, as at Anthropic, who gave up the price above 200k on 2026-03-13: the tier of models.dev is stale (genai-prices; note vendors.md §10.2)',
  },
]

/** Served, but in no chat list: the price comes from genai-prices, from `DECISIONS` or `FREE`, or there is none. */
export const NON_CHAT: readonly { vendor: string; model: string; endpoint: Endpoint }[] = [
  { vendor: 'openai', model: 'whisper-1', endpoint: 'audio.transcriptions' },
  { vendor: 'openai', model: 'gpt-4o-transcribe', endpoint: 'audio.transcriptions' },
  { vendor: 'openai', model: 'gpt-4o-mini-transcribe', endpoint: 'audio.transcriptions' },
  { vendor: 'openai', model: 'gpt-4o-transcribe-diarize', endpoint: 'audio.transcriptions' },
  { vendor: 'openai', model: 'gpt-transcribe', endpoint: 'audio.transcriptions' },
  { vendor: 'openai', model: 'tts-1', endpoint: 'audio.speech' },
  { vendor: 'openai', model: 'tts-1-hd', endpoint: 'audio.speech' },
  { vendor: 'openai', model: 'gpt-4o-mini-tts', endpoint: 'audio.speech' },
  { vendor: 'openai', model: 'omni-moderation-latest', endpoint: 'moderations' },
  { vendor: 'cohere', model: 'embed-v4.0', endpoint: 'embeddings' },
  ...['voyage-3-large', 'voyage-3.5', 'voyage-3.5-lite', 'voyage-4', 'voyage-4-large', 'voyage-4-lite'].map(
    model => ({ vendor: 'voyage', model, endpoint: 'embeddings' as const }),
  ),
  ...['voyage-code-3', 'voyage-context-3', 'voyage-finance-2', 'voyage-law-2', 'voyage-multilingual-2'].map(
    model => ({ vendor: 'voyage', model, endpoint: 'embeddings' as const }),
  ),
]

/** A vendor's id that is another name of a model whose own id looks different. */
export const SAME_AS: Readonly<Record<string, string>> = {
  'azure/gpt-chat-latest': 'chat-latest',
  'openrouter/openai/gpt-chat-latest': 'chat-latest',
  'azure/cohere-command-a': 'command-a-03-2025',
  'openrouter/cohere/command-a': 'command-a-03-2025',
  'azure/cohere-embed-v-4-0': 'embed-v4.0',
  'bedrock/deepseek.v3-v1:0': 'deepseek-v3.1',
  'bedrock/deepseek.v3.2': 'deepseek-v3.2',
  'bedrock/deepseek.r1-v1:0': 'deepseek-r1',
  'groq/llama-3.3-70b-versatile': 'llama-3.3-70b-instruct',
  'groq/llama-3.1-8b-instant': 'llama-3.1-8b-instruct',
}

/** Further names that callers use; never another model's id. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'gpt-5.5': ['gpt-5-5', 'gpt-5-5-2026-04-23', 'gpt-5.5-2026-04-23'],
  'chat-latest': ['gpt-5-5-instant', 'gpt-5.5-instant', 'gpt-chat-latest'],
  'omni-moderation-latest': ['omni-moderation-2024-09-26'],
  'llama-3.3-70b-instruct': ['llama-3.3-70b-versatile'],
  'llama-3.1-8b-instruct': ['llama-3.1-8b-instant'],
}

/** Ids that are no model of their own, since what they stand for or cost changes from day to day, and those that no request of ours reaches there. */
export const LEFT_OUT: readonly { vendor: string; id: RegExp; reason: string }[] = [
  { vendor: 'openrouter', id: /^~/, reason: 'moving aliases; the models they stand for are listed by name' },
  { vendor: 'openrouter', id: /:free$/, reason: 'zero-priced trial variants without a promise' },
  { vendor: 'openrouter', id: /:batch$/, reason: 'answered within a day, by no route of ours' },
  { vendor: 'openrouter', id: /^[^/]*$/, reason: "no ids of OpenRouter's own form, which names a maker" },
  ...[
    { vendor: 'perplexity', id: /^sonar-deep-research$/ },
    { vendor: 'openrouter', id: /^perplexity\/sonar-deep-research$/ },
  ].map(rule => ({
    ...rule,
    reason: 'billed by the search and by cited tokens as well, of which nothing bounds the number',
  })),
  { vendor: 'fireworks', id: /\/routers\/.*-latest$/, reason: 'moving aliases' },
  {
    vendor: 'azure',
    id: /^claude-/,
    reason:
      "answered in Anthropic's dialect at another address (`…/anthropic/v1`): a vendor of one's own with `dialect: anthropic`",
  },
]

/** What is listed without a price whatever the sources say: whoever gives one in `callmissed.yaml` knows what is billed. */
export const WITHOUT_PRICE: readonly { vendor: string; id: RegExp; reason: string }[] = [
  {
    vendor: 'huggingface',
    id: /./,
    reason: 'its router passes on the price of whichever host it chooses, and takes no limit to it',
  },
  {
    vendor: 'openrouter',
    id: /-image(-|$)/,
    reason:
      'no source tells what is billed there for a picture that a model makes, and no limit can be put to it',
  },
]

/** OpenAI answers these on `/v1/responses` alone (vendors.md §2.2). */
export const RESPONSES_ONLY =
  /^(gpt-[\d.]+(-sol|-terra|-luna|-astra)?-pro|o\d-pro|gpt-[\d.]+-codex.*|codex-mini)$/

/** Where the API follows JSON schemas on each of these models: a source that does not say so of one says nothing. */
export const ALL_FOLLOW_SCHEMAS: readonly { vendor: string; id: RegExp; reason: string }[] = [
  { vendor: 'openai', id: /^(gpt-[5-9]|chat-latest|o\d)/, reason: 'every chat model since GPT-4o' },
  { vendor: 'anthropic', id: /^claude-/, reason: 'by `output_config`, or by a tool that must be called' },
  {
    vendor: 'gemini',
    id: /^gemini-(?!.*(image|robotics))/,
    reason: '`responseJsonSchema`, all text models since 2.5',
  },
  {
    vendor: 'mistral',
    id: /./,
    reason: '`response_format` of the chat API, for the models of its own and those it hosts',
  },
  { vendor: 'cohere', id: /^command-/, reason: '`response_format.json_schema`, Command R and A' },
  { vendor: 'fireworks', id: /./, reason: 'enforced by a grammar, whatever the model (vendors.md §7.8)' },
  { vendor: 'moonshot', id: /^kimi-/, reason: 'the other Kimi models are told to' },
]

/** Families whose makers document several tool calls in one answer (vendors.md §8.2). */
export const PARALLEL_TOOL_MAKERS: readonly string[] = [
  'openai',
  'anthropic',
  'gemini',
  'mistral',
  'deepseek',
  'xai',
]
