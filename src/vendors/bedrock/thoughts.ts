import type { ReasoningDetail } from '../../wire/chat-event'
import type { Block } from './content'

/** Marks what came from here among a history's reasoning, which may come of several vendors. */
const FORMAT = 'bedrock-converse-v1'

/** A thought that can be read, with the signature that the cloud wants back with it. */
export function signedThought(text: string, signature: string): ReasoningDetail {
  return { type: 'reasoning.text', format: FORMAT, text, signature }
}

/** A thought that nobody can read, and that the cloud wants back as it is. */
export function sealedThought(data: string): ReasoningDetail {
  return { type: 'reasoning.encrypted', format: FORMAT, data }
}

/** The thoughts that stand in what a caller handed back; what other vendors signed is none. */
export function thoughtsOf(details: readonly ReasoningDetail[] = []): Block[] {
  return details.flatMap((detail): Block[] => {
    if (detail.format !== FORMAT) return []
    if (detail.type === 'reasoning.text' && typeof detail.signature === 'string')
      return [
        { reasoningContent: { reasoningText: { text: detail.text ?? '', signature: detail.signature } } },
      ]
    if (detail.type === 'reasoning.encrypted' && typeof detail.data === 'string')
      return [{ reasoningContent: { redactedContent: detail.data } }]
    return []
  })
}
