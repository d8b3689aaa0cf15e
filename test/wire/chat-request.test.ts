import { expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { readChatRequest } from '../../src/wire/chat-request'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
const read = (text: string) => readChatRequest(bytes(text))
const withMembers = (members: string) => `{"model":"m","messages":[{"role":"user","content":"Hi"}]${members}}`

test('where the model, the stream options and the end stand is told to the byte', () => {
  const text =
    ' { "é😀" : "\\"model\\"" , "model" :  "m" , "stream_options" : { "a" : [ ] } , "messages":[{}] } \n'
  const { spans, body } = read(text)
  const at = (span: { start: number; end: number }) =>
    Buffer.from(body.subarray(span.start, span.end)).toString()
  expect(at(spans.model)).toBe('"m"')
  expect(at(spans.streamOptions!)).toBe('{ "a" : [ ] }')
  expect(Buffer.from(body.subarray(spans.end)).toString()).toBe('} \n')
})

test('what is absent and what is null are the same', () => {
  for (const members of [
    '',
    ',"stream":null,"stream_options":null,"n":null,"max_tokens":null,"max_completion_tokens":null,"temperature":null',
  ])
    expect(read(withMembers(members))).toMatchObject({
      stream: false,
      includeUsage: false,
      n: 1,
      shape: { maxTokens: null, temperature: null },
    })
})

test('max_completion_tokens goes before max_tokens', () => {
  expect(read(withMembers(',"max_tokens":5')).shape.maxTokens).toBe(5)
  expect(read(withMembers(',"max_tokens":5,"max_completion_tokens":3')).shape.maxTokens).toBe(3)
})

test('messages, tools, images and audio are counted where they stand', () => {
  const text =
    '{"model":"m","tools":[{},{}],"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}},{"type":"input_audio","input_audio":{}},"image_url"]},' +
    '{"role":"user","content":"\\"image_url\\":{}"},{"role":"tool","image_url":1,"content":[{"text":{"image_url":1}}]}]}'
  expect(read(text).shape).toEqual({
    messages: 3,
    tools: 2,
    images: 1,
    audio: 1,
    requestBytes: Buffer.byteLength(text),
    maxTokens: null,
    temperature: null,
  })
})

const REFUSED: [text: string, code: string, param: string | null][] = [
  ['', 'invalid_json', null],
  ['[]', 'invalid_json', null],
  ['"m"', 'invalid_json', null],
  ['{"model":"m"', 'invalid_json', null],
  [`${withMembers('')}x`, 'invalid_json', null],
  [withMembers(',"a":01'), 'invalid_json', null],
  [withMembers(',"a":nul'), 'invalid_json', null],
  [withMembers(',"a":"\n"'), 'invalid_json', null],
  [withMembers(','), 'invalid_json', null],
  [withMembers(',"model":"n"'), 'duplicate_key', 'model'],
  [withMembers(',"\\u006dodel":"n"'), 'duplicate_key', 'model'],
  [withMembers(',"a b":1,"a b":2'), 'duplicate_key', null],
  [withMembers(',"api_base":"http://x"'), 'unknown_parameter', 'api_base'],
  [withMembers(`,"a":${'['.repeat(200)}${']'.repeat(200)}`), 'nesting_too_deep', null],
  ['{"messages":[{}]}', 'missing_required_parameter', 'model'],
  ['{"model":null,"messages":[{}]}', 'missing_required_parameter', 'model'],
  ['{"model":5,"messages":[{}]}', 'invalid_type', 'model'],
  ['{"model":"m"}', 'missing_required_parameter', 'messages'],
  ['{"model":"m","messages":[]}', 'empty_array', 'messages'],
  ['{"model":"m","messages":"Hi"}', 'invalid_type', 'messages'],
  ['{"model":"m","messages":["Hi"]}', 'invalid_type', 'messages[0]'],
  [withMembers(',"stream":"yes"'), 'invalid_type', 'stream'],
  [withMembers(',"stream_options":[]'), 'invalid_type', 'stream_options'],
  [withMembers(',"stream_options":{"include_usage":1}'), 'invalid_type', 'stream_options.include_usage'],
  [withMembers(',"n":0'), 'integer_below_min_value', 'n'],
  [withMembers(',"n":129'), 'integer_above_max_value', 'n'],
  [withMembers(',"n":1.5'), 'invalid_type', 'n'],
  [withMembers(',"max_tokens":0'), 'integer_below_min_value', 'max_tokens'],
  [withMembers(',"temperature":"hot"'), 'invalid_type', 'temperature'],
  [withMembers(',"temperature":1e999'), 'invalid_value', 'temperature'],
]
for (const [text, code, param] of REFUSED)
  test(`${JSON.stringify(text.slice(0, 90))} is ${code}`, () => {
    try {
      read(text)
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError)
      const { code: got, param: at } = error as GatewayError
      expect([got, at]).toEqual([code, param])
      return
    }
    throw new Error('it was taken')
  })

test.each([
  [',"tools":[]', true, false],
  [',"functions":[]', true, false],
  [',"tool_choice":"none"', true, false],
  [',"t\\u006fols":[]', true, false],
  [',"response_format":{"type":"json_schema"}', false, true],
  [',"response_format":{"type":"json\\u005fschema"}', false, true],
  [',"response_format":{"type":"json_object"}', false, false],
  [',"metadata":{"tools":"json_schema"}', false, false],
])('a request with %s speaks of tools: %p, of a schema: %p', (members, tools, schema) => {
  expect(read(withMembers(members)).mentions).toEqual({ tools, schema })
})

test.each([
  ['{"role":"assistant","tool_calls":[]}', true],
  ['{"role":"assistant","function_call":{}}', true],
  ['{"role":"tool","content":"x"}', true],
  ['{"content":"x","role":"function"}', true],
  ['{"role":"\\u0074ool","content":"x"}', true],
  ['{"role":"user","content":"\\"tools\\" and a json_schema"}', false],
  ['{"role":"user","content":[{"type":"text","text":"tool_calls"}]}', false],
  ['{"role":"system","name":"tool_calls"}', false],
])('a message %s speaks of tools: %p', (message, tools) => {
  expect(read(`{"model":"m","messages":[${message}]}`).mentions).toEqual({ tools, schema: false })
})
