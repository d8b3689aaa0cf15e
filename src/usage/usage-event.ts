import { formatUsd } from '../lib/money'
import type { ChatChunk } from '../wire/chat-chunk'
import type { Span } from '../wire/json-reader'
import { isNull, outermostMember, valueEnd } from '../wire/member'
import { splice } from '../wire/splice'
import { dataEvent } from '../wire/sse'
import type { Usage } from '../wire/usage'

const USAGE = Buffer.from('"usage"')

/**
 * Adds `cost_usd` to the `usage` object of these bytes: the vendor's own figures stay as they are written.
 * `value` is where that object stands, for who has walked the bytes already.
 */
export function withCost(
  bytes: Uint8Array,
  costPicoUsd: bigint,
  value: Span | undefined = usageValue(bytes),
): Uint8Array {
  if (!value || bytes[value.start] !== OPEN_BRACE) return bytes
  const close = value.end - 1
  const comma = isEmptyObject(bytes, value) ? '' : ','
  return splice(bytes, [{ start: close, end: close, text: `${comma}"cost_usd":${formatUsd(costPicoUsd)}` }])
}

/** Writes the `usage` object of an answer whose vendor put it elsewhere. These bytes are one JSON object with members. */
export function addUsage(
  bytes: Uint8Array,
  usage: Usage,
  costPicoUsd: bigint,
  figures?: (usage: Usage) => object,
): Uint8Array {
  const text = usageJson(usage, costPicoUsd, figures)
  const given = outermostMember(bytes, USAGE)
  if (given) return splice(bytes, [{ start: given.end, end: valueEnd(bytes, given.end), text }])
  const close = bytes.lastIndexOf(CLOSE_BRACE)
  return splice(bytes, [{ start: close, end: close, text: `,"usage":${text}` }])
}

/** Puts other figures in the place of the `usage` object, where there is one: those that cannot be, beside the estimate that is billed. */
export function withUsage(
  bytes: Uint8Array,
  usage: Usage,
  costPicoUsd: bigint,
  value: Span | undefined = usageValue(bytes),
  figures: (usage: Usage) => object = chatFigures,
): Uint8Array {
  if (!value || isNull(bytes, value.start)) return bytes
  return splice(bytes, [{ ...value, text: usageJson(usage, costPicoUsd, figures) }])
}

const OPEN_BRACE = 123
const CLOSE_BRACE = 125

function usageValue(bytes: Uint8Array): Span | undefined {
  const member = outermostMember(bytes, USAGE)
  return member && { start: member.end, end: valueEnd(bytes, member.end) }
}

function isEmptyObject(bytes: Uint8Array, { start, end }: Span): boolean {
  for (let at = start + 1; at < end - 1; at++) if (!isSpace(bytes[at])) return false
  return true
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9
}

/** A usage event for a vendor that put its figures elsewhere: in the likeness of the stream's own chunks, `choices` empty. */
export function makeUsageEvent(like: ChatChunk, usage: Usage, costPicoUsd: bigint): Uint8Array {
  const { id, object, created, model } = like
  const head = JSON.stringify({ id, object, created, model, choices: [] })
  return dataEvent(`${head.slice(0, -1)},"usage":${usageJson(usage, costPicoUsd)}}`)
}

function usageJson(
  usage: Usage,
  costPicoUsd: bigint,
  figures: (usage: Usage) => object = chatFigures,
): string {
  return `${JSON.stringify(figures(usage)).slice(0, -1)},"cost_usd":${formatUsd(costPicoUsd)}}`
}

/** A chat's usage in OpenAI's names. */
function chatFigures(usage: Usage): object {
  const written = usage.cacheWriteTokens + usage.cacheWrite1hTokens
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      audio_tokens: usage.audioInputTokens,
      ...(written > 0 && { cache_write_tokens: written }),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.audioOutputTokens,
    },
  }
}
