import { GatewayError } from '../../errors'
import type { ChatBody } from '../../wire/chat-body'
import type { ChatEvent } from '../../wire/chat-event'
import type { Round, StreamTranslator, Translation, TranslationTarget } from '../translation'
import { openingOf } from './answer-text'
import { askedChat, lostParams } from './asked'
import { type Cutter, WHOLE_TEXT } from './cutter'
import { EmulatedAnswer, type Fault } from './emulated-answer'
import { EnvelopeCutter } from './envelope-cutter'
import { JsonCutter } from './json-cutter'
import type { Needs } from './needs'
import { emulatedParams, type Plan, planOf, withoutForcedTool } from './plan'
import { TagCutter } from './tag-cutter'
import { type Tags, tagsOf } from './tags'

/** A translation that brings a model to what it has not, for one request. */
export interface Emulation extends Translation {
  /** What is emulated and by what: `tools=json_schema`. */
  readonly emulated: readonly string[]
}

/** One request's emulation, as its rounds share it. */
interface Rule {
  chat: ChatBody
  plan: Plan
  tags: Tags
  inner: Translation
  target: TranslationTarget
}

/**
 * The translation of a request whose model has not all that it asks for. `nonce`: letters and digits that nobody can guess.
 * With several answers to one request none is put right. Throws GatewayError (400) naming what cannot be brought about.
 */
export function emulating(
  chat: ChatBody,
  needs: Needs,
  inner: Translation,
  target: TranslationTarget,
  nonce: string,
): Emulation {
  const about = { capabilities: target.capabilities, translation: inner }
  const tags = tagsOf(nonce)
  const best = { chat, plan: planOf(chat, needs, about), tags, inner, target }
  const rule = canAsk(best) ? best : { ...best, plan: withoutForcedTool(best.plan, about) }
  return emulationOf(rule, chat.n === undefined || chat.n === 1)
}

/** Some vendors have no tool that must be called: their adapters say so. */
function canAsk({ chat, plan, tags, inner, target }: Rule): boolean {
  if (plan.answer?.rung !== 'tool') return true
  try {
    inner.request(askedChat(chat, plan, tags), target)
    return true
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unsupported_parameter') return false
    throw error
  }
}

function emulationOf(rule: Rule, mayRepair: boolean): Emulation {
  const { plan, tags, inner } = rule
  const begin = (isWhole: boolean) =>
    new EmulatedAnswer({ plan, isWhole, mayRepair, cutter: cutterOf(rule, isWhole) })
  let latest: { body: unknown; answer: EmulatedAnswer; events: ChatEvent[] } | undefined
  const read = (body: unknown) => {
    if (latest && latest.body === body) return latest
    const answer = begin(true)
    latest = { body, answer, events: inner.answer(body).flatMap(event => answer.take(event)) }
    return latest
  }
  return {
    ...inner,
    takesN: false,
    emulated: emulatedParams(plan),
    request: (chat, target) => {
      const request = inner.request(askedChat(chat, plan, tags), target)
      return { ...request, dropped: [...new Set([...request.dropped, ...lostParams(chat, plan)])] }
    },
    stream: () => new EmulatedStream(inner.stream(), begin(false), fault => nextRound(rule, fault)),
    answer: body => read(body).events,
    again: body => {
      const { fault } = read(body).answer
      return fault && nextRound(rule, fault)
    },
  }
}

/** The same request with what the model said and what is wrong with it. */
function nextRound(rule: Rule, { said, problems }: Fault): Round {
  const { chat, plan, tags, inner, target } = rule
  const asked = askedChat(chat, plan, tags)
  const messages: ChatBody['messages'] = [
    ...asked.messages,
    // Most refuse a turn in which nothing is said.
    ...(said.trim() === '' ? [] : [assistantTurn(said)]),
    { role: 'user', content: [{ type: 'text', text: correction(problems, plan) }] },
  ]
  const request = inner.request({ ...asked, messages }, target)
  const code = plan.tools ? 'tool_call_not_produced' : 'schema_not_followed'
  return { request, translation: emulationOf(rule, false), said, code, problems }
}

function assistantTurn(text: string): ChatBody['messages'][number] {
  return { role: 'assistant', content: [{ type: 'text', text }], toolCalls: [] }
}

function correction(problems: readonly string[], { tools }: Plan): string {
  const what = tools ? 'your answer, corrected, in the form that was asked for' : 'the corrected JSON'
  return `Your last answer cannot be used: ${problems.join('; ')}. Reply with nothing but ${what}.`
}

function cutterOf({ chat, plan: { tools, answer }, tags }: Rule, isWhole: boolean): Cutter {
  if (tools) return tools.rung === 'prompt' ? new TagCutter(tags) : new EnvelopeCutter()
  // Beside a model's own calls words are words.
  const isAlone = !isWhole && !chat.tools && (answer?.rung === 'prompt' || answer?.rung === 'tool')
  const opening = isAlone ? openingOf(answer.schema) : undefined
  return opening ? new JsonCutter(opening) : WHOLE_TEXT
}

/** Reads one stream. */
class EmulatedStream implements StreamTranslator {
  again: Round | undefined
  private readonly inner: StreamTranslator
  private readonly answer: EmulatedAnswer
  private readonly next: (fault: Fault) => Round

  constructor(inner: StreamTranslator, answer: EmulatedAnswer, next: (fault: Fault) => Round) {
    this.inner = inner
    this.answer = answer
    this.next = next
  }

  get held(): string {
    return this.answer.held
  }

  push(event: Parameters<StreamTranslator['push']>[0]): ChatEvent[] {
    return this.takeAll(this.inner.push(event))
  }

  end(): ChatEvent[] {
    return this.takeAll(this.inner.end())
  }

  /** An answer that cannot be used has no end: there is another one. */
  private takeAll(events: readonly ChatEvent[]): ChatEvent[] {
    return events.flatMap(event => {
      const { fault } = this.answer
      if (event.kind !== 'done' || !fault) return this.answer.take(event)
      this.again = this.next(fault)
      return []
    })
  }
}
