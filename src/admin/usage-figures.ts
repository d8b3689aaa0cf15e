import { type Static, Type } from '@sinclair/typebox'
import type { AuditUsage } from '../db/audit-row'

const Count = Type.Integer()
const Further = Type.Optional(Type.Integer({ description: 'Only where it is not 0.' }))

/** The figures that every record and every sum has. */
export const USAGE_FIELDS = {
  input_tokens: Type.Integer({ description: 'Cached and cache-write tokens included.' }),
  cached_input_tokens: Count,
  cache_write_tokens: Count,
  output_tokens: Type.Integer({ description: 'Reasoning included.' }),
  reasoning_tokens: Count,
  cache_write_1h_tokens: Further,
  audio_input_tokens: Further,
  audio_output_tokens: Further,
  image_input_tokens: Further,
  image_output_tokens: Further,
  audio_seconds: Type.Optional(Type.Number({ description: 'Only where it is not 0.' })),
  characters: Further,
  images: Further,
}
export const UsageSchema = Type.Object(USAGE_FIELDS)

type UsageJson = Static<typeof UsageSchema>

const USUAL = {
  input_tokens: 'inputTokens',
  cached_input_tokens: 'cachedInputTokens',
  cache_write_tokens: 'cacheWriteTokens',
  output_tokens: 'outputTokens',
  reasoning_tokens: 'reasoningTokens',
} as const satisfies Partial<Record<keyof UsageJson, keyof AuditUsage>>

const FURTHER = {
  cache_write_1h_tokens: 'cacheWrite1hTokens',
  audio_input_tokens: 'audioInputTokens',
  audio_output_tokens: 'audioOutputTokens',
  image_input_tokens: 'imageInputTokens',
  image_output_tokens: 'imageOutputTokens',
  audio_seconds: 'audioSeconds',
  characters: 'characters',
  images: 'images',
} as const satisfies Partial<Record<keyof UsageJson, keyof AuditUsage>>

/** Each figure as it is named outside, and its field. */
export const FIGURES = { ...USUAL, ...FURTHER } satisfies Record<keyof UsageJson, keyof AuditUsage>

/** The figures of one record or of a sum: the usual ones always, the others where they are not 0. */
export function usageJson(usage: AuditUsage<number | bigint>): UsageJson {
  const json: UsageJson = {
    input_tokens: Number(usage.inputTokens),
    cached_input_tokens: Number(usage.cachedInputTokens),
    cache_write_tokens: Number(usage.cacheWriteTokens),
    output_tokens: Number(usage.outputTokens),
    reasoning_tokens: Number(usage.reasoningTokens),
  }
  for (const [name, field] of Object.entries(FURTHER)) {
    const amount = Number(usage[field])
    if (amount !== 0) json[name as keyof typeof FURTHER] = amount
  }
  return json
}

/** Milliseconds as they are shown: to the microsecond. */
export function roundMs<Value extends number | null>(milliseconds: Value): Value {
  return (milliseconds === null ? null : Math.round(milliseconds * 1000) / 1000) as Value
}
