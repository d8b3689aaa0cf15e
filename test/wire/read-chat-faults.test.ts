import { describe, expect, test } from 'bun:test'
import { readRecorded, recorded } from '../recorded'
import { faultOf } from './read-chat'

const FAULTS: [fault: [string, string], members: object][] = [
  [['missing_required_parameter', 'messages'], { messages: null }],
  [['empty_array', 'messages'], { messages: [] }],
  [['missing_required_parameter', 'messages[0].role'], { messages: [{ content: 'x' }] }],
  [['invalid_value', 'messages[0].role'], { messages: [{ role: 'robot', content: 'x' }] }],
  [['missing_required_parameter', 'messages[0].content'], { messages: [{ role: 'user' }] }],
  [['invalid_type', 'messages[0].content'], { messages: [{ role: 'user', content: 4 }] }],
  [
    ['invalid_value', 'messages[0].content[0].type'],
    {
      messages: [
        { role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://x.example' } }] },
      ],
    },
  ],
  [
    ['invalid_value', 'messages[0].content[0].image_url.url'],
    {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png,x' } }] }],
    },
  ],
  [
    ['missing_required_parameter', 'messages[0].tool_call_id'],
    { messages: [{ role: 'tool', content: 'x' }] },
  ],
  [
    ['invalid_type', 'messages[0].tool_calls[0].function.arguments'],
    {
      messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }] }],
    },
  ],
  [['invalid_value', 'messages[0].name'], { messages: [{ role: 'function', name: 'f', content: 'x' }] }],
  [['unsupported_parameter', 'messages[0].audio'], { messages: [{ role: 'assistant', audio: { id: 'a' } }] }],
  [['decimal_above_max_value', 'temperature'], { temperature: 2.1 }],
  [['decimal_below_min_value', 'top_p'], { top_p: -0.1 }],
  [['integer_below_min_value', 'n'], { n: 0 }],
  [['integer_above_max_value', 'top_logprobs'], { top_logprobs: 21 }],
  [['invalid_type', 'seed'], { seed: 1.5 }],
  [['invalid_type', 'stop'], { stop: 4 }],
  [['invalid_type', 'stop[1]'], { stop: ['a', 1] }],
  [['invalid_type', 'tools'], { tools: {} }],
  [['invalid_value', 'tools[0].type'], { tools: [{ type: 'web' }] }],
  [['missing_required_parameter', 'tools[0].function'], { tools: [{ type: 'function' }] }],
  [['invalid_value', 'tools[0].function.name'], { tools: [{ type: 'function', function: { name: 'a b' } }] }],
  [['invalid_value', 'tool_choice'], { tool_choice: 'maybe' }],
  [['invalid_value', 'tool_choice.type'], { tool_choice: { type: 'x' } }],
  [['invalid_value', 'tool_choice'], { tool_choice: 'required' }],
  [
    ['invalid_value', 'tool_choice'],
    {
      tools: [{ type: 'function', function: { name: 'add' } }],
      tool_choice: { type: 'function', function: { name: 'sub' } },
    },
  ],
  [['invalid_value', 'function_call'], { function_call: { name: 'add' } }],
  [['invalid_value', 'response_format.type'], { response_format: { type: 'xml' } }],
  [
    ['missing_required_parameter', 'response_format.json_schema'],
    { response_format: { type: 'json_schema' } },
  ],
  [['invalid_type', 'parallel_tool_calls'], { parallel_tool_calls: 'yes' }],
]

test.each(FAULTS)('%p is told with its code and its field', (fault, members) => {
  expect(faultOf(members)).toEqual(fault)
})

const oracle = recorded('what OpenAI says to chats')
const linesOf = (file: string) =>
  readRecorded(oracle.find(path => path.endsWith(file))!)
    .toString()
    .trim()
    .split('\n')

describe.skipIf(oracle.length === 0)('what OpenAI itself said to hundreds of requests', () => {
  test('every request that it took is read', () => {
    const refused = linesOf('completions.accepted.jsonl').flatMap(line => {
      const { request } = JSON.parse(line) as { request: object }
      const [code, param] = faultOf(request)
      return code ? [`${code} ${param}`] : []
    })
    expect(refused).toEqual([])
  })

  test('where both of us refuse, code and field are the same', () => {
    const differing = linesOf('completions.errors.jsonl').flatMap(line => {
      const { request, error } = JSON.parse(line) as {
        request: object
        error: { code: string | null; param: string | null }
      }
      const [code, param] = faultOf(request)
      // Not everything is ours to refuse, and its older models gave no codes.
      if (code === null || error.code === null || (error.code === code && error.param === param)) return []
      return [`${error.code} ${error.param}: ${code} ${param}`]
    })
    expect(differing).toEqual([])
  })
})
