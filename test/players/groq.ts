import { type Answer, BILL, eventSteps, jsonSteps, type Player, piecesOf } from './answer'

const MODEL = 'openai/gpt-oss-120b'
const USAGE = {
  queue_time: 0.1,
  prompt_tokens: 30,
  completion_tokens: 14,
  total_tokens: 44,
  prompt_tokens_details: { cached_tokens: 5 },
}

function groqChunk(delta: object, finish_reason: string | null = null, more: object = {}): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason }]
  const head = { id: 'chatcmpl-g', object: 'chat.completion.chunk', created: 1_790_000_000, model: MODEL }
  return `data: ${JSON.stringify({ ...head, choices, ...more })}`
}

function toolCallOf(answer: Extract<Answer, { calls: unknown }>, given: string) {
  return { id: answer.calls.id, type: 'function', function: { name: answer.calls.name, arguments: given } }
}

/** Of OpenAI's family, with its usage in a place of its own, and with a call in one piece. */
export const groq: Player = {
  name: 'groq',
  model: MODEL,
  bill: BILL,
  whole(answer) {
    const called = 'calls' in answer
    const message = called
      ? { role: 'assistant', tool_calls: [toolCallOf(answer, JSON.stringify(answer.calls.arguments))] }
      : { role: 'assistant', content: piecesOf(answer).join('') }
    const choice = { index: 0, message, logprobs: null, finish_reason: called ? 'tool_calls' : 'stop' }
    const head = { id: 'chatcmpl-g', object: 'chat.completion', created: 1_790_000_000, model: MODEL }
    return jsonSteps({ ...head, choices: [choice], usage: USAGE, x_groq: { id: 'req_1' } }, BILL)
  },
  stream(answer) {
    const called = 'calls' in answer
    const deltas = called
      ? [{ tool_calls: [{ index: 0, ...toolCallOf(answer, JSON.stringify(answer.calls.arguments)) }] }]
      : piecesOf(answer).map(content => ({ content }))
    const events = [
      groqChunk({ role: 'assistant', content: '' }, null, { x_groq: { id: 'req_1' } }),
      ...deltas.map(delta => groqChunk(delta)),
      groqChunk({}, called ? 'tool_calls' : 'stop', { x_groq: { id: 'req_1', usage: USAGE } }),
      'data: [DONE]',
    ]
    return eventSteps(events, BILL)
  },
}
