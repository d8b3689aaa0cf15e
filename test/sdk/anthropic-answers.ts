import { claude, JSON_HEAD, MESSAGE, SSE, say } from '../gateway/messages-text'
import { chat } from '../vendor/chat'
import type { Step } from '../vendor/step'

const TOOL_USE = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } }
const CALL = { id: 'toolu_1', name: 'get_weather', arguments: ['{"city":', '"Oslo"}'] }

export const whole = (members: object): Step[] => [
  JSON_HEAD,
  { text: JSON.stringify({ ...MESSAGE, ...members }) },
]
const block = (index: number, content_block: object, ...deltas: object[]): Step[] => [
  say({ type: 'content_block_start', index, content_block }),
  ...deltas.map(delta => say({ type: 'content_block_delta', index, delta })),
  say({ type: 'content_block_stop', index }),
]
const thought = block(
  0,
  { type: 'thinking', thinking: '', signature: '' },
  { type: 'thinking_delta', thinking: 'Hm.' },
  { type: 'signature_delta', signature: 'sig' },
)
const called = block(
  1,
  { ...TOOL_USE, input: {} },
  { type: 'input_json_delta', partial_json: '{"city":' },
  { type: 'input_json_delta', partial_json: '"Oslo"}' },
)
const ended = (stop_reason: string) => [
  say({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 9 } }),
  say({ type: 'message_stop' }),
]

/** A thought and a call. */
const claudeThinks: Step[] = [...claude([]).slice(0, 2), ...thought, ...called, ...ended('tool_use')]
const chunk = (delta: object, finish_reason: string | null = null) => ({
  chunk: `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'x', choices: [{ index: 0, delta, finish_reason }] })}`,
})
/** The same of a vendor of OpenAI's dialect. */
const chatThinks: Step[] = [
  SSE,
  chunk({ role: 'assistant', reasoning_content: 'Hm.' }),
  chunk({
    tool_calls: [
      { index: 0, id: 'toolu_1', type: 'function', function: { name: 'get_weather', arguments: '' } },
    ],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":"Oslo"}' } }] }),
  chunk({}, 'tool_calls'),
  { chunk: 'data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":9,"total_tokens":19}}' },
  { chunk: 'data: [DONE]' },
]

/** What each vendor answers, in its own dialect, to the same request of the same client. */
export const VENDORS = [
  [
    'anthropic',
    {
      hello: whole({}),
      /** So many steps until the first word is out. */
      firstWord: 5,
      stream: claude(['Hel', 'lo']),
      calls: whole({ content: [TOOL_USE], stop_reason: 'tool_use' }),
      thinks: claudeThinks,
    },
  ],
  [
    'acme',
    {
      hello: chat({ stream: false, tokens: ['Hello'] }),
      firstWord: 3,
      stream: chat({ tokens: ['Hel', 'lo'] }),
      calls: chat({ stream: false, tools: [CALL] }),
      thinks: chatThinks,
    },
  ],
] as const
