import { isObject } from '../../lib/object'
import type { Adapter } from '../adapter'
import { translating } from '../translating'
import { readCompatibleError } from './error'
import type { CompatibleFacts } from './facts'
import { othersWith } from './others'
import { chatRequest } from './request'
import { answerEvents, CompatibleStream } from './stream'
import { readCompatibleUsage } from './usage'

/** A vendor that speaks OpenAI's dialect with deviations of its own. */
export function compatible(facts: CompatibleFacts): Adapter {
  const adapter = translating(
    {
      takesN: facts.takesN ?? false,
      ...(facts.lacks && { lacks: facts.lacks }),
      ...(facts.thinksApart && { thinksApart: true }),
      request: (chat, target) => chatRequest(chat, target, facts),
      stream: () => new CompatibleStream(facts),
      answer: body => answerEvents(body, facts),
      ...(facts.fetchesNoImages && { readsImageAt: url => !/^https?:/i.test(url) }),
    },
    body => readCompatibleError(body, facts.errorCodes),
  )
  if (!facts.hasOthers) return adapter
  return {
    ...adapter,
    // Text completions pass as they are, and are metered by the family's own names.
    usage: value => (isObject(value) ? readCompatibleUsage(value, facts.reasonsApart ?? false) : undefined),
    others: othersWith(facts),
  }
}
