import { Meter } from '../usage/meter'
import type { StreamMeter } from '../usage/stream-meter'
import { TranslatedMeter } from '../usage/translated-meter'
import { makeUsageEvent, withCost } from '../usage/usage-event'
import { ChunkWriter } from '../wire/chunk-writer'
import { DONE_EVENT, dataEvent, KEEP_ALIVE } from '../wire/sse'
import { answerOptions } from './answer-options'
import type { Bill } from './bill'
import type { StreamDialect } from './stream-dialect'

/** OpenAI's chat streams: usage, if the caller asked for it, and `[DONE]` are their last words, also after an error. */
export function chatStream(includeUsage: boolean, answers: number): StreamDialect {
  return {
    keepAlive: KEEP_ALIVE,
    failure: error => [dataEvent(error.toJson()), DONE_EVENT],
    tell: (call, exchange, translated, outlet) => {
      const meter = translated
        ? new TranslatedMeter({
            translation: translated.translation,
            writer: new ChunkWriter(answerOptions(call, exchange.target.model, translated), includeUsage),
            branches: translated.others.length + 1,
            outlet,
          })
        : new Meter({ keepUsage: includeUsage, answers, readUsage: exchange.target.adapter.usage, outlet })
      return {
        meter,
        last: bill => (bill && includeUsage ? [usageEvent(meter, bill), DONE_EVENT] : [DONE_EVENT]),
      }
    },
  }
}

function usageEvent(meter: StreamMeter, { usage, source, costPicoUsd }: Bill): Uint8Array {
  if (meter.usageEvent && source === 'vendor') return withCost(meter.usageEvent, costPicoUsd)
  return makeUsageEvent(meter.lastChunk ?? {}, usage, costPicoUsd)
}
