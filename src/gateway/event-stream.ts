import { EventMeter, type EventMeterOptions } from '../usage/event-meter'
import { withCost, withUsage } from '../usage/usage-event'
import type { Medium } from '../vendors/adapter'
import { DONE_EVENT, dataEvent, KEEP_ALIVE } from '../wire/sse'
import type { Usage } from '../wire/usage'
import type { Bill } from './bill'
import type { StreamDialect } from './stream-dialect'

export interface EventStreamOptions extends Omit<EventMeterOptions, 'readUsage' | 'outlet'> {
  /** What the answer is made of. */
  medium: Medium
  /** What was billed, in the names of the endpoint. */
  figures: (usage: Usage) => object
  /** What the request used by itself, which the vendor does not tell. */
  with?: Partial<Usage>
}

/** Streams of typed events: the vendor's last one, with what it cost, and `[DONE]` are the last words, or an error and `[DONE]`. */
export function eventStream({
  medium,
  figures,
  with: besides,
  ...options
}: EventStreamOptions): StreamDialect {
  return {
    keepAlive: KEEP_ALIVE,
    failure: error => [dataEvent(error.toJson()), DONE_EVENT],
    tell: (_call, exchange, _translated, outlet) => {
      const readUsage = (value: unknown) => {
        const usage = exchange.target.adapter.others?.usage(value, medium)
        return usage && besides ? { ...usage, ...besides } : usage
      }
      const meter = new EventMeter({ ...options, readUsage, outlet })
      const last = (bill: Bill | undefined) =>
        meter.usageEvent ? [billedEvent(meter.usageEvent, bill, figures), DONE_EVENT] : [DONE_EVENT]
      return { meter, last, takes: type => meter.takes(type) }
    },
  }
}

function billedEvent(
  event: Uint8Array,
  bill: Bill | undefined,
  figures: (usage: Usage) => object,
): Uint8Array {
  if (!bill) return event
  return bill.source === 'vendor'
    ? withCost(event, bill.costPicoUsd)
    : withUsage(event, bill.usage, bill.costPicoUsd, undefined, figures)
}
