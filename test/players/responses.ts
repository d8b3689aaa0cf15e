import { type Answer, BILL, eventSteps, halvesOf, jsonSteps, type Player, piecesOf } from './answer'

const MODEL = 'gpt-5.5-pro'
const HEAD = { id: 'resp_1', object: 'response', created_at: 1_790_000_000, model: MODEL }
const USAGE = {
  input_tokens: 30,
  input_tokens_details: { cached_tokens: 5 },
  output_tokens: 14,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 44,
}

function itemOf(answer: Answer) {
  if (!('calls' in answer)) {
    const text = piecesOf(answer).join('')
    const content = [{ type: 'output_text', text, annotations: [] }]
    return { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content }
  }
  const { id, name, arguments: given } = answer.calls
  const call = { type: 'function_call', call_id: id, name, arguments: JSON.stringify(given) }
  return { id: 'fc_1', status: 'completed', ...call }
}

const completed = (answer: Answer) => ({
  ...HEAD,
  status: 'completed',
  output: [itemOf(answer)],
  usage: USAGE,
})

function event(type: string, more: object): string {
  return `event: response.${type}\ndata: ${JSON.stringify({ type: `response.${type}`, output_index: 0, ...more })}`
}

/** What an item is before anything of it was said, and what its pieces are called. */
function openingOf(answer: Answer): [item: object, kind: string, pieces: string[]] {
  const item = { ...itemOf(answer), status: 'in_progress' }
  return 'calls' in answer
    ? [{ ...item, arguments: '' }, 'function_call_arguments', halvesOf(answer.calls.arguments)]
    : [{ ...item, content: [] }, 'output_text', piecesOf(answer)]
}

/** A model of OpenAI's that only Responses has. */
export const responses: Player = {
  name: 'openai-responses',
  vendor: 'openai',
  endpoint: 'responses',
  model: MODEL,
  bill: BILL,
  whole: answer => jsonSteps(completed(answer), BILL),
  stream(answer) {
    const [item, kind, pieces] = openingOf(answer)
    const started = { ...HEAD, status: 'in_progress', output: [], usage: null }
    const events = [
      event('created', { response: started }),
      event('output_item.added', { item }),
      ...pieces.map(delta => event(`${kind}.delta`, { delta })),
      event('output_item.done', { item: itemOf(answer) }),
      event('completed', { response: completed(answer) }),
    ]
    return eventSteps(events, BILL)
  },
}
