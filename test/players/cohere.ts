import { type Answer, BILL, eventSteps, halvesOf, jsonSteps, type Player, piecesOf } from './answer'

/** What it billed is what counts; the tokens that it saw are others. */
const USAGE = {
  billed_units: { input_tokens: 30, output_tokens: 14 },
  tokens: { input_tokens: 500, output_tokens: 15 },
}
const COHERE_BILL = { ...BILL, cachedInputTokens: 0 }

const reasonOf = (answer: Answer) => ('calls' in answer ? 'TOOL_CALL' : 'COMPLETE')

function event(type: string, message?: object, index = 0): string {
  const delta = message && { delta: { message } }
  return `event: ${type}\ndata: ${JSON.stringify({ type, index, ...delta })}`
}

function contentEvents(answer: Answer): string[] {
  if (!('calls' in answer))
    return [
      event('content-start', { content: { type: 'text', text: '' } }),
      ...piecesOf(answer).map(text => event('content-delta', { content: { text } })),
      event('content-end'),
    ]
  const { id, name, arguments: given } = answer.calls
  return [
    event('tool-call-start', { tool_calls: { id, type: 'function', function: { name, arguments: '' } } }),
    ...halvesOf(given).map(half =>
      event('tool-call-delta', { tool_calls: { function: { arguments: half } } }),
    ),
    event('tool-call-end'),
  ]
}

export const cohere: Player = {
  name: 'cohere',
  model: 'command-a-03-2025',
  bill: COHERE_BILL,
  whole(answer) {
    const said = 'calls' in answer ? {} : { content: [{ type: 'text', text: piecesOf(answer).join('') }] }
    const called = 'calls' in answer && {
      tool_calls: [
        {
          id: answer.calls.id,
          type: 'function',
          function: { name: answer.calls.name, arguments: JSON.stringify(answer.calls.arguments) },
        },
      ],
    }
    const message = { role: 'assistant', ...said, ...called }
    return jsonSteps({ id: 'c-1', message, finish_reason: reasonOf(answer), usage: USAGE }, COHERE_BILL)
  },
  stream(answer) {
    const started = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
    const start = { id: 'c-1', type: 'message-start', delta: { message: started } }
    const end = { type: 'message-end', delta: { finish_reason: reasonOf(answer), usage: USAGE } }
    const events = [
      `event: message-start\ndata: ${JSON.stringify(start)}`,
      ...contentEvents(answer),
      `event: message-end\ndata: ${JSON.stringify(end)}`,
    ]
    return eventSteps(events, COHERE_BILL)
  },
}
