import { isObject } from '../../lib/object'
import { textIn } from '../../lib/text'
import type { ChatEvent } from '../../wire/chat-event'
import type { StreamTranslator, VendorEvent } from '../translation'
import { finishEvents } from './finish'
import { OpenBlock, type Position } from './open-block'
import { mergeUsage, readUsage } from './usage'

type Raw = Record<string, unknown>

const NO_JSON = { error: { type: 'api_error', message: 'The vendor sent an event that is no JSON.' } }
const SPLICED = {
  error: { type: 'api_error', message: 'The vendor began a second answer in the midst of one.' },
}

/**
 * Reads a stream of Messages: `message_start`, blocks with their deltas, `message_delta`, `message_stop`. Pings and events
 * that are not known yet say nothing. A `message_start` that comes again is ignored, another answer's is an error.
 */
export class StreamReader implements StreamTranslator {
  private id: unknown
  private isStarted = false
  private isOver = false
  private usage: Raw | undefined
  /** The output was counted: until then its figure is a placeholder. */
  private isCounted = false
  private stop: Raw | undefined
  private readonly blocks = new Map<unknown, OpenBlock>()
  private readonly position: Position = { textLength: 0, slots: 0, hasContent: false }

  push({ data }: VendorEvent): ChatEvent[] {
    if (this.isOver) return []
    try {
      return this.take(JSON.parse(data))
    } catch {
      return this.fail(NO_JSON)
    }
  }

  /** Without its last event an answer is whole if it said why it stopped. */
  end(): ChatEvent[] {
    return this.isOver || this.stop === undefined ? [] : this.finish()
  }

  /** One event that is parsed. */
  take(event: unknown): ChatEvent[] {
    if (this.isOver || !isObject(event)) return []
    switch (event.type) {
      case 'message_start':
        return this.start(isObject(event.message) ? event.message : {})
      case 'content_block_start':
        return this.open(event.index, event.content_block)
      case 'content_block_delta':
        return this.blocks.get(event.index)?.delta(event.delta) ?? []
      case 'content_block_stop':
        return this.close(event.index)
      case 'message_delta':
        return this.change(event)
      case 'message_stop':
        return this.finish()
      case 'error':
        return this.fail(event)
      default:
        return []
    }
  }

  private start(message: Raw): ChatEvent[] {
    if (this.isStarted) return message.id === this.id ? [] : this.fail(SPLICED)
    this.isStarted = true
    this.id = message.id
    const events: ChatEvent[] = [
      { kind: 'start', id: textIn(message.id), model: textIn(message.model), createdAt: null },
    ]
    this.usage = mergeUsage(undefined, message.usage)
    const whole = Array.isArray(message.content) ? message.content : []
    whole.forEach((block, index) => {
      events.push(...this.open(index, block), ...this.close(index))
    })
    return [...events, ...this.partialUsage()]
  }

  private open(index: unknown, block: unknown): ChatEvent[] {
    if (!isObject(block)) return []
    const opened = new OpenBlock(block, this.position)
    this.blocks.set(index, opened)
    return opened.start()
  }

  private close(index: unknown): ChatEvent[] {
    const block = this.blocks.get(index)
    this.blocks.delete(index)
    return block?.end() ?? []
  }

  private change({ delta, usage }: Raw): ChatEvent[] {
    this.usage = mergeUsage(this.usage, usage)
    this.isCounted ||= isObject(usage) && typeof usage.output_tokens === 'number'
    if (isObject(delta) && typeof delta.stop_reason === 'string') this.stop = delta
    return []
  }

  private finish(): ChatEvent[] {
    this.isOver = true
    const unclosed = [...this.blocks.values()].flatMap(block => block.end())
    const { stop_reason, stop_details } = this.stop ?? {}
    const usage = this.isCounted ? readUsage(this.usage) : undefined
    return [
      ...unclosed,
      ...finishEvents(stop_reason, stop_details, this.position.hasContent),
      ...(usage ? [{ kind: 'usage' as const, usage, raw: this.usage, isFinal: true }] : []),
      { kind: 'done' },
    ]
  }

  /** The prompt's figures are exact from the beginning; the output's is a placeholder, so none is told. */
  private partialUsage(): ChatEvent[] {
    const usage = readUsage({ ...this.usage, output_tokens: 0, output_tokens_details: undefined })
    return usage ? [{ kind: 'usage', usage, raw: this.usage, isFinal: false }] : []
  }

  private fail(body: unknown): ChatEvent[] {
    this.isOver = true
    return [{ kind: 'error', body }]
  }
}
