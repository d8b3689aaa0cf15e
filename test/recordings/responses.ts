import type { Json } from './json'
import type { Said } from './said'

/** What a response says, found in it or in the pieces of its stream without our readers. */
export function saidInResponse(bodies: readonly Json[]): Said {
  const response: Json = bodies.findLast(({ response: last }) => last)?.response ?? bodies[0]
  const isStream = bodies[0]?.type === 'response.created'
  const pieces = (type: string) =>
    bodies.map(body => (body.type === `response.${type}.delta` ? body.delta : '')).join('')
  const output: Json[] = response.output
  const ofType = (type: string) => output.filter(item => item.type === type)
  const parts: Json[] = ofType('message').flatMap(({ content }) => content)
  const summaries: Json[] = ofType('reasoning').flatMap(({ summary }) => summary)
  const calls = ofType('function_call').map(({ name, arguments: given }) => ({ name, arguments: given }))
  const { input_tokens: input, output_tokens: out, ...details } = response.usage
  return {
    text: isStream ? pieces('output_text') : parts.map(({ text }) => text ?? '').join(''),
    reasoning: summaries.map(({ text }) => text).join('\n\n'),
    refusal: parts.map(({ refusal }) => refusal ?? '').join(''),
    calls,
    finish: response.incomplete_details ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop',
    figures: {
      input,
      cached: details.input_tokens_details.cached_tokens,
      output: out,
      reasoning: details.output_tokens_details.reasoning_tokens,
    },
  }
}
