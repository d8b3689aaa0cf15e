import { type Answer, BILL, eventSteps, halvesOf, jsonSteps, type Player, piecesOf } from './answer'

const MODEL = 'claude-sonnet-4-5'
const PROMPT = { input_tokens: 25, cache_read_input_tokens: 5, cache_creation_input_tokens: 0 }
const HEAD = { id: 'msg_1', type: 'message', role: 'assistant', model: `${MODEL}-20250929` }

function event(data: { type: string; [member: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}`
}

function blockOf(answer: Answer, given: object) {
  if (!('calls' in answer)) return { type: 'text', text: '' }
  return { type: 'tool_use', id: answer.calls.id, name: answer.calls.name, input: given }
}

const reasonOf = (answer: Answer) => ('calls' in answer ? 'tool_use' : 'end_turn')

function deltasOf(answer: Answer) {
  if (!('calls' in answer)) return piecesOf(answer).map(text => ({ type: 'text_delta', text }))
  return halvesOf(answer.calls.arguments).map(partial_json => ({ type: 'input_json_delta', partial_json }))
}

export const anthropic: Player = {
  name: 'anthropic',
  model: MODEL,
  bill: BILL,
  whole(answer) {
    const block =
      'calls' in answer
        ? blockOf(answer, answer.calls.arguments)
        : { type: 'text', text: piecesOf(answer).join('') }
    const end = { stop_reason: reasonOf(answer), stop_sequence: null }
    return jsonSteps({ ...HEAD, content: [block], ...end, usage: { ...PROMPT, output_tokens: 14 } }, BILL)
  },
  stream(answer) {
    const message = { ...HEAD, content: [], stop_reason: null, usage: { ...PROMPT, output_tokens: 1 } }
    const delta = { stop_reason: reasonOf(answer), stop_sequence: null }
    const events = [
      event({ type: 'message_start', message }),
      event({ type: 'content_block_start', index: 0, content_block: blockOf(answer, {}) }),
      event({ type: 'ping' }),
      ...deltasOf(answer).map(each => event({ type: 'content_block_delta', index: 0, delta: each })),
      event({ type: 'content_block_stop', index: 0 }),
      event({ type: 'message_delta', delta, usage: { output_tokens: 14 } }),
      event({ type: 'message_stop' }),
    ]
    return eventSteps(events, BILL)
  },
}
