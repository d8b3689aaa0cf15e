import { describe, expect, test } from 'bun:test'
import { ask, CLAUDE, refusalOf, tool } from './ask'

const FABLE = 'anthropic.claude-fable-5-1'

describe('tools', () => {
  const both = [tool('a', { description: '', parameters: { properties: { x: {} } } }), tool('b')]
  test.each([
    [undefined, undefined],
    ['auto', { auto: {} }],
    ['required', { any: {} }],
    [tool('b'), { tool: { name: 'b' } }],
  ])('tool_choice %j is %j', (tool_choice, choice) => {
    const { toolConfig } = ask({ tools: both, tool_choice }).body
    expect(toolConfig.toolChoice).toEqual(choice)
    expect(toolConfig.tools).toEqual([
      { toolSpec: { name: 'a', inputSchema: { json: { type: 'object', properties: { x: {} } } } } },
      { toolSpec: { name: 'b', inputSchema: { json: { type: 'object', properties: {} } } } },
    ])
  })

  test('allowed ones are the only ones', () => {
    const tool_choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('b')] } }
    const { toolConfig } = ask({ tools: both, tool_choice }).body
    expect([toolConfig.tools.length, toolConfig.toolChoice]).toEqual([1, { any: {} }])
    expect(refusalOf(() => ask({ tools: both, tool_choice: tool('z') }))).toEqual([
      'invalid_value',
      'tool_choice',
    ])
  })

  test('that may not be called are not sent, but for a history that called some', () => {
    expect(ask({ tools: both, tool_choice: 'none' }).body).not.toHaveProperty('toolConfig')
    const messages = [
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'old', arguments: '' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'y' },
    ]
    const { body } = ask({ messages })
    expect(body.toolConfig.tools[0].toolSpec.name).toBe('old')
    expect(body.system).toEqual([{ text: 'Answer in words: call no tool.' }])
    expect(ask({ messages, tools: both, tool_choice: 'none' }).body.toolConfig.tools).toHaveLength(2)
  })

  test('one at a time can be asked of Claude alone', () => {
    const request = { tools: both, parallel_tool_calls: false, tool_choice: 'required' }
    expect(ask(request, CLAUDE).body.additionalModelRequestFields).toEqual({
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    })
    expect(ask(request).dropped).toEqual(['parallel_tool_calls'])
  })

  test('a model that cannot be made to call is asked in words', () => {
    const { body } = ask({ tools: both, tool_choice: tool('b') }, FABLE)
    expect(body.toolConfig).not.toHaveProperty('toolChoice')
    expect(body.system).toEqual([{ text: 'Answer by calling the tool b, and with nothing else.' }])
  })
})
