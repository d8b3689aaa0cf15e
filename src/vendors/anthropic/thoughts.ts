import { CLAUDE_FORMAT, type ReasoningDetail } from '../../wire/chat-event'
import type { Block } from './block'

/** A thinking block of an answer as callers get it: whole, since its signature is of the whole. */
export function detailOf(block: Record<string, unknown>): ReasoningDetail | undefined {
  if (block.type === 'thinking' && typeof block.signature === 'string' && block.signature !== '')
    return {
      type: 'reasoning.text',
      format: CLAUDE_FORMAT,
      text: block.thinking ?? '',
      signature: block.signature,
    }
  if (block.type === 'redacted_thinking' && typeof block.data === 'string')
    return { type: 'reasoning.encrypted', format: CLAUDE_FORMAT, data: block.data }
  return undefined
}

/** The thinking blocks that stand in what a caller handed back; what other vendors signed is none. */
export function thoughtsOf(details: readonly ReasoningDetail[] = []): Block[] {
  return joined(details.filter(({ format }) => format === CLAUDE_FORMAT)).flatMap((detail): Block[] => {
    if (detail.type === 'reasoning.text' && typeof detail.signature === 'string')
      return [{ type: 'thinking', thinking: detail.text ?? '', signature: detail.signature }]
    if (detail.type === 'reasoning.encrypted' && typeof detail.data === 'string')
      return [{ type: 'redacted_thinking', data: detail.data }]
    return []
  })
}

/** Other gateways tell a thought in pieces of the same `index`, its signature last. */
function joined(details: readonly ReasoningDetail[]): ReasoningDetail[] {
  const whole: ReasoningDetail[] = []
  for (const detail of details) {
    const last = whole.at(-1)
    const isPiece =
      last?.type === detail.type &&
      detail.index !== undefined &&
      last.index === detail.index &&
      !last.signature
    if (!isPiece) whole.push({ ...detail })
    else Object.assign(last, detail, { text: `${last.text ?? ''}${detail.text ?? ''}` })
  }
  return whole
}
