import type { Step } from '../vendor/step'
import { eventFrame } from '../vendors/bedrock/frame'
import { type Answer, BILL, halvesOf, jsonSteps, type Player, piecesOf, type ToolCall } from './answer'

const MODEL = 'eu.amazon.nova-pro-v1:0'
const USAGE = { inputTokens: 25, cacheReadInputTokens: 5, outputTokens: 14, totalTokens: 44 }
const PATH = `/v1/model/${encodeURIComponent(MODEL)}`

/** It has no answers by a schema: what is asked for is a tool's arguments. */
function callOf(answer: Answer): ToolCall | undefined {
  if ('calls' in answer) return answer.calls
  if ('gives' in answer)
    return { id: 'tooluse_json', name: 'callmissed_json_answer', arguments: answer.gives }
  return undefined
}

const reasonOf = (answer: Answer) => (callOf(answer) ? 'tool_use' : 'end_turn')

function contentEvents(answer: Answer): [type: string, data: object][] {
  const contentBlockIndex = 0
  const call = callOf(answer)
  const start: [string, object][] = call
    ? [
        [
          'contentBlockStart',
          { contentBlockIndex, start: { toolUse: { toolUseId: call.id, name: call.name } } },
        ],
      ]
    : []
  const deltas = call
    ? halvesOf(call.arguments).map(input => ({ toolUse: { input } }))
    : piecesOf(answer as { says: string[] }).map(text => ({ text }))
  return [
    ...start,
    ...deltas.map((delta): [string, object] => ['contentBlockDelta', { contentBlockIndex, delta }]),
    ['contentBlockStop', { contentBlockIndex }],
  ]
}

/** Streams in binary frames. */
export const bedrock: Player = {
  name: 'bedrock',
  model: MODEL,
  paths: [`${PATH}/converse`, `${PATH}/converse-stream`],
  bill: BILL,
  whole(answer) {
    const call = callOf(answer)
    const block = call
      ? { toolUse: { toolUseId: call.id, name: call.name, input: call.arguments } }
      : { text: piecesOf(answer as { says: string[] }).join('') }
    const output = { message: { role: 'assistant', content: [block] } }
    const body = { output, stopReason: reasonOf(answer), usage: USAGE, metrics: { latencyMs: 300 } }
    return jsonSteps(body, BILL)
  },
  stream(answer) {
    const events: [string, object][] = [
      ['messageStart', { role: 'assistant' }],
      ...contentEvents(answer),
      ['messageStop', { stopReason: reasonOf(answer) }],
      ['metadata', { usage: USAGE, metrics: { latencyMs: 300 } }],
    ]
    const frames = events.map(
      ([type, data], at): Step => ({
        bytes: eventFrame(type, JSON.stringify(data)),
        ...(at === events.length - 1 && { bill: BILL }),
      }),
    )
    const type = 'application/vnd.amazon.eventstream'
    return [{ status: 200, headers: { 'content-type': type } }, ...frames]
  },
}
