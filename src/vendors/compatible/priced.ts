import { boughtIn } from '../../wire/bought'
import type { ChatBody } from '../../wire/chat-body'
import { unsupported } from '../../wire/field'
import type { TranslationTarget } from '../translation'
import { dearer, unpricedCall } from '../unpriced'
import type { CompatibleFacts } from './facts'

/** Throws `unsupported_parameter` (400) naming what of these members, or of the conversation, its price does not pay for. */
export function assertPriced(
  { messages }: ChatBody,
  members: Record<string, unknown>,
  { ceiling, capabilities }: TranslationTarget,
  facts: CompatibleFacts,
): void {
  const dear = facts.dearer?.(members)
  if (dear) throw dearer(dear)
  const bought = ceiling.requestPicoUsd === undefined ? boughtIn(members, facts.buys ?? []) : undefined
  if (bought) throw unpricedCall(bought)
  if (!facts.sellsReading || capabilities.has('pdf')) return
  messages.forEach(({ content }, message) => {
    const index = content.findIndex(({ type }) => type === 'file')
    if (index !== -1)
      throw unsupported(`messages[${message}].content[${index}].file`, 'it is read for this model for a fee')
  })
}
