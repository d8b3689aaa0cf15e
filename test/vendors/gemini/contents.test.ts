import { describe, expect, test } from 'bun:test'
import { ask } from './ask'

const contentsOf = (messages: unknown[], model?: string) => ask({ messages }, model).body.contents
const call = (id: string, name: string, given: string, signature?: string) => ({
  id,
  type: 'function',
  function: { name, arguments: given },
  ...(signature && { extra_content: { google: { thought_signature: signature } } }),
})

test('leading instructions stand apart, later ones are the user’s words, same roles are one turn', () => {
  const { body } = ask({
    messages: [
      { role: 'system', content: 'be kind' },
      { role: 'developer', content: 'and brief' },
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
      { role: 'assistant', content: 'c' },
      { role: 'system', content: 'd' },
    ],
  })
  expect(body.systemInstruction).toEqual({ parts: [{ text: 'be kind' }, { text: 'and brief' }] })
  expect(body.contents).toEqual([
    { role: 'user', parts: [{ text: 'a' }, { text: 'b' }] },
    { role: 'model', parts: [{ text: 'c' }] },
    { role: 'user', parts: [{ text: 'd' }] },
  ])
})

test('instructions alone are the question; empty messages say nothing', () => {
  const { body } = ask({
    messages: [
      { role: 'system', content: 'say hi' },
      { role: 'user', content: '' },
    ],
  })
  expect(body).toMatchObject({ contents: [{ role: 'user', parts: [{ text: 'say hi' }] }] })
  expect(body).not.toHaveProperty('systemInstruction')
  expect(() => ask({ messages: [{ role: 'user', content: '' }] })).toThrow('no message has any content')
})

describe('calls', () => {
  const history = (first: object) => [
    { role: 'user', content: 'weather?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [first, call('c2', 'get_time', '{"zone":"CET"}')],
    },
    { role: 'tool', tool_call_id: 'c1', content: '{"degrees":15}' },
    { role: 'tool', tool_call_id: 'c2', content: 'noon' },
  ]

  test('go with their signature, their results together, by the name of their call', () => {
    expect(contentsOf(history(call('c1', 'get_weather', '{"city":"Rome"}', 'sig')))).toEqual([
      { role: 'user', parts: [{ text: 'weather?' }] },
      {
        role: 'model',
        parts: [
          {
            functionCall: { id: 'c1', name: 'get_weather', args: { city: 'Rome' } },
            thoughtSignature: 'sig',
          },
          { functionCall: { id: 'c2', name: 'get_time', args: { zone: 'CET' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'c1', name: 'get_weather', response: { output: { degrees: 15 } } } },
          { functionResponse: { id: 'c2', name: 'get_time', response: { output: 'noon' } } },
        ],
      },
    ])
  })

  test('of another vendor’s history say so on the first of them, where the model asks for a signature', () => {
    const first = call('c1', 'get_weather', '{}')
    const [, turn] = contentsOf(history(first))
    expect(turn.parts[0].thoughtSignature).toBe('skip_thought_signature_validator')
    expect(turn.parts[1]).not.toHaveProperty('thoughtSignature')
    expect(contentsOf(history(first), 'gemini-2.5-pro')[1].parts[0]).not.toHaveProperty('thoughtSignature')
  })

  test('whose arguments are no object have none', () => {
    for (const given of ['', '{"a":', '[1]', '"x"'])
      expect(contentsOf(history(call('c1', 'f', given)))[1].parts[0].functionCall.args).toEqual({})
  })

  test('a result of no call is refused, one with $ref stays text', () => {
    expect(() => ask({ messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] })).toThrow(
      'no tool call before this message has this id',
    )
    const messages = history(call('c1', 'f', '{}')).map(message =>
      'tool_call_id' in message && message.tool_call_id === 'c1'
        ? { ...message, content: '{"$ref":"#/x"}' }
        : message,
    )
    expect(contentsOf(messages)[2].parts[0].functionResponse.response).toEqual({ output: '{"$ref":"#/x"}' })
  })
})

describe('parts', () => {
  const partsOf = (...content: unknown[]) => contentsOf([{ role: 'user', content }])[0].parts

  test('images, audio and files go as data or by the vendor’s own addresses', () => {
    expect(
      partsOf(
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        { type: 'image_url', image_url: { url: 'data:image/jpeg;name=x;base64,BBBB' } },
        { type: 'image_url', image_url: { url: 'gs://bucket/cat.webp' } },
        { type: 'input_audio', input_audio: { format: 'wav', data: 'CCCC' } },
        { type: 'file', file: { file_data: 'data:application/pdf;base64,DDDD', filename: 'a.pdf' } },
        { type: 'file', file: { file_data: 'JVBERi0xLjQ=' } },
        {
          type: 'file',
          file: { file_id: 'https://generativelanguage.googleapis.com/v1beta/files/abc' },
        },
      ),
    ).toEqual([
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      { inlineData: { mimeType: 'image/jpeg', data: 'BBBB' } },
      { fileData: { mimeType: 'image/webp', fileUri: 'gs://bucket/cat.webp' } },
      { inlineData: { mimeType: 'audio/wav', data: 'CCCC' } },
      { inlineData: { mimeType: 'application/pdf', data: 'DDDD' } },
      { inlineData: { mimeType: 'application/pdf', data: 'JVBERi0xLjQ=' } },
      {
        fileData: {
          mimeType: 'application/octet-stream',
          fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc',
        },
      },
    ])
  })

  test('an address that the vendor does not read is refused by its place', () => {
    expect(() => partsOf({ type: 'image_url', image_url: { url: 'https://x.example/cat.png' } })).toThrow(
      "'messages[0].content[0].image_url.url'",
    )
    expect(() => partsOf({ type: 'input_audio', input_audio: { format: 'flac', data: 'AA' } })).toThrow(
      "'messages[0].content[0].input_audio.format'",
    )
  })
})
