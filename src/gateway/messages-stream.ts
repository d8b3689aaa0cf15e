import { errorJson } from '../messages/error'
import { MESSAGE_STOP, messageEvent, PING } from '../messages/event'
import { figuresOf } from '../messages/figures'
import { MessageWriter } from '../messages/writer'
import { MessagesMeter } from '../usage/messages-meter'
import { TranslatedMeter } from '../usage/translated-meter'
import { addUsage, withCost, withUsage } from '../usage/usage-event'
import type { Bill } from './bill'
import { messageOptions } from './message-options'
import type { StreamDialect } from './stream-dialect'

/** Anthropic's streams: `message_delta` with the bill and `message_stop` are their last words, or an event `error` alone. */
export const MESSAGES_STREAM: StreamDialect = {
  keepAlive: PING,
  failure: (error, requestId) => [Buffer.from(messageEvent('error', errorJson(error, requestId)))],
  tell: (call, exchange, translated, outlet) => {
    if (!translated) {
      const meter = new MessagesMeter(outlet)
      return { meter, last: bill => [...billedDelta(meter.usageEvent, bill), MESSAGE_STOP] }
    }
    const writer = new MessageWriter(messageOptions(call, exchange.target.model))
    const { translation, others } = translated
    const meter = new TranslatedMeter({ translation, writer, branches: others.length + 1, outlet })
    return { meter, last: bill => [...billedDelta(lastDelta(writer), bill), MESSAGE_STOP] }
  },
}

function lastDelta(writer: MessageWriter): Uint8Array {
  const json = JSON.stringify({ type: 'message_delta', delta: writer.lastDelta() })
  return Buffer.from(messageEvent('message_delta', json))
}

/** The event with the figures that were billed: the vendor's own, or ours where it gave none that can be. */
function billedDelta(event: Uint8Array | undefined, bill: Bill | undefined): Uint8Array[] {
  if (!event) return []
  if (!bill) return [event]
  const { usage, source, costPicoUsd } = bill
  const priced =
    source === 'vendor'
      ? withCost(event, costPicoUsd)
      : withUsage(event, usage, costPicoUsd, undefined, figuresOf)
  return [priced === event ? addUsage(event, usage, costPicoUsd, figuresOf) : priced]
}
