import type { Json } from './json'
import type { Said } from './said'

const REASONS: Record<string, string> = {
  end_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
}

/** What Anthropic says, found in its events or its whole answer without our readers. */
export function saidInMessages(bodies: readonly Json[]): Said {
  const [whole] = bodies
  const blocks: Json[] = whole?.content ?? blocksIn(bodies)
  const told = (type: string, member: string) =>
    blocks.map(block => (block.type === type ? (block[member] ?? '') : '')).join('')
  const last = bodies.findLast(({ type }) => type === 'message_delta')
  const end: Json = last?.delta ?? whole
  const usage: Json = { ...whole?.message?.usage, ...(last ?? whole)?.usage }
  const cached = usage.cache_read_input_tokens ?? 0
  return {
    text: told('text', 'text'),
    reasoning: told('thinking', 'thinking'),
    // The second is ours, where the vendor says no more than that.
    refusal:
      end.stop_details?.explanation ?? (end.stop_reason === 'refusal' ? 'The model refused to answer.' : ''),
    calls: blocks
      .filter(({ type }) => type === 'tool_use')
      .map(({ name, json, input }) => ({ name, arguments: json || input })),
    finish: REASONS[end.stop_reason] ?? end.stop_reason,
    figures: {
      input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
      cached,
      output: usage.output_tokens,
      reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
    },
  }
}

/** The blocks that a stream opens, with what its deltas add to them. */
function blocksIn(events: readonly Json[]): Json[] {
  return events
    .filter(({ type }) => type === 'content_block_start')
    .map(({ index, content_block: block }) => {
      const deltas = events
        .filter(event => event.type === 'content_block_delta' && event.index === index)
        .map(({ delta }) => delta)
      const joined = (member: string, start = '') => start + deltas.map(delta => delta[member] ?? '').join('')
      return {
        ...block,
        text: joined('text', block.text),
        thinking: joined('thinking', block.thinking),
        json: joined('partial_json'),
      }
    })
}
