import type { Json } from './json'
import type { Said } from './said'

const REASONS: Record<string, string> = { COMPLETE: 'stop', MAX_TOKENS: 'length', TOOL_CALL: 'tool_calls' }

/** What Cohere says, found in its events or its whole answer without our readers. */
export function saidInCohere(bodies: readonly Json[]): Said {
  const [whole] = bodies
  const isWhole = whole?.message !== undefined
  const end: Json = isWhole ? whole : bodies.findLast(({ type }) => type === 'message-end')!.delta
  const contents: Json[] = isWhole
    ? (whole.message.content ?? [])
    : bodies.flatMap(({ delta }) => delta?.message?.content ?? [])
  const plan = bodies.map(({ delta }) => delta?.message?.tool_plan ?? '').join('')
  const { input_tokens: input, output_tokens: output } = end.usage.billed_units
  return {
    text: contents.map(({ text }) => text ?? '').join(''),
    reasoning: plan + contents.map(({ thinking }) => thinking ?? '').join(''),
    refusal: '',
    calls: isWhole ? (whole.message.tool_calls ?? []).map(asCall) : callsIn(bodies),
    finish: REASONS[end.finish_reason] ?? end.finish_reason,
    // Of its two counts the billed one, which has nothing of a cache.
    figures: { input, cached: 0, output, reasoning: 0 },
  }
}

const asCall = ({ function: { name, arguments: given } }: Json) => ({ name, arguments: given || '{}' })

function callsIn(events: readonly Json[]): Said['calls'] {
  return events
    .filter(({ type }) => type === 'tool-call-start')
    .map(({ index, delta }) => {
      const { name, arguments: start } = delta.message.tool_calls.function
      const rest = events
        .filter(event => event.type === 'tool-call-delta' && event.index === index)
        .map(event => event.delta.message.tool_calls.function.arguments)
      return { name, arguments: start + rest.join('') || '{}' }
    })
}
