import { parseJson } from '../../lib/json'
import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import type { StreamTranslator, VendorEvent } from '../translation'
import { Choice } from './choice'
import { citationsOf } from './citations'
import { failureIn } from './error'
import type { CompatibleFacts } from './facts'
import { readCompatibleUsage, usageIn } from './usage'

type Raw = Record<string, unknown>

const NO_JSON = { error: { message: 'The vendor sent an event that is no JSON object.' } }

/** Reads the chunks of OpenAI's family, with what its members do differently; a whole answer as one of them. */
export class CompatibleStream implements StreamTranslator {
  private isStarted = false
  private isOver = false
  private readonly choices = new Map<number, Choice>()
  private citations: ChatEvent[] = []
  /** Figures that stood in the last chunk, beside a choice that has no end. */
  private trailing: ChatEvent[] = []
  private readonly facts: CompatibleFacts

  constructor(facts: CompatibleFacts) {
    this.facts = facts
  }

  push({ name, data }: VendorEvent): ChatEvent[] {
    if (this.isOver) return []
    if (data.trim() === '[DONE]') return this.finish()
    const chunk = parseJson(data)
    if (name === 'error') return this.fail(chunk ?? { error: { message: data } })
    return isObject(chunk) ? this.take(chunk) : this.fail(NO_JSON)
  }

  /** Some never say `[DONE]`: an answer is whole if all of it has an end. */
  end(): ChatEvent[] {
    return this.isOver || !this.isFinished() ? [] : this.finish()
  }

  /** One chunk, or a whole answer. */
  take(chunk: Raw): ChatEvent[] {
    const failure = failureIn(chunk)
    if (failure !== undefined) return this.fail(failure)
    const events = this.start(chunk)
    if (this.citations.length === 0) this.citations = citationsOf(chunk)
    for (const choice of Array.isArray(chunk.choices) ? chunk.choices : [])
      if (isObject(choice)) events.push(...this.takeChoice(choice))
    events.push(...this.usageOf(chunk))
    return events
  }

  private start({ id, model, created }: Raw): ChatEvent[] {
    // Azure speaks of the prompt first, in a chunk that has no names yet.
    if (this.isStarted || !(isText(id) || isText(model))) return []
    this.isStarted = true
    return [
      {
        kind: 'start',
        id: isText(id) ? id : null,
        model: isText(model) ? model : null,
        createdAt: secondsOf(created),
      },
    ]
  }

  private takeChoice(raw: Raw): ChatEvent[] {
    const index = typeof raw.index === 'number' ? raw.index : 0
    const choice = this.choices.get(index) ?? new Choice(index)
    this.choices.set(index, choice)
    const wasFinished = choice.isFinished
    // Perplexity repeats the whole message beside each delta.
    const delta = isObject(raw.delta) ? raw.delta : isObject(raw.message) ? raw.message : {}
    const events = choice.add(raw, delta)
    if (wasFinished || !choice.isFinished || index > 0) return events
    return [...events.slice(0, -1), ...this.citations, ...events.slice(-1)]
  }

  private usageOf(chunk: Raw): ChatEvent[] {
    const raw = usageIn(chunk)
    const usage = raw && readCompatibleUsage(raw, this.facts.reasonsApart ?? false)
    this.trailing = []
    if (!usage) return []
    const hasChoices = Array.isArray(chunk.choices) && chunk.choices.length > 0
    const isFinal = !hasChoices || this.isFinished()
    if (!isFinal) this.trailing = [{ kind: 'usage', usage, raw, isFinal: true }]
    return [{ kind: 'usage', usage, raw, isFinal }]
  }

  private isFinished(): boolean {
    return this.choices.size > 0 && [...this.choices.values()].every(({ isFinished }) => isFinished)
  }

  /** The vendor's last word: a choice that was not ended by itself ends here, and figures that nothing followed are its last. */
  private finish(): ChatEvent[] {
    this.isOver = true
    const open = [...this.choices].filter(([, { isFinished }]) => !isFinished)
    return [
      ...open.map(([choice]) => ({ kind: 'finish' as const, choice, reason: 'stop' as const, native: null })),
      ...this.trailing,
      { kind: 'done' },
    ]
  }

  private fail(body: unknown): ChatEvent[] {
    this.isOver = true
    return [{ kind: 'error', body }]
  }
}

/** A whole answer's body, as events. */
export function answerEvents(body: unknown, facts: CompatibleFacts): ChatEvent[] {
  if (!isObject(body)) return [{ kind: 'error', body: NO_JSON }]
  const events = new CompatibleStream(facts).take(body)
  return events.map(event => (event.kind === 'usage' ? { ...event, isFinal: true } : event))
}

/** Some write their seconds as text. */
function secondsOf(created: unknown): number | null {
  if (typeof created !== 'number' && typeof created !== 'string') return null
  const seconds = Number(created)
  return Number.isFinite(seconds) && seconds > 0 ? Math.floor(seconds) : null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
