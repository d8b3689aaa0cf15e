import { describe, expect, test } from 'bun:test'
import { ask, CLAUDE, refusalOf, tool } from './ask'

const FABLE = 'anthropic.claude-fable-5-1'

describe('JSON', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const response_format = { type: 'json_schema', json_schema: { name: 'x', description: 'An x.', schema } }

  test('by the vendor’s own schemas where the model has them', () => {
    const { body } = ask({ response_format }, CLAUDE)
    expect(body.outputConfig.textFormat).toEqual({
      type: 'json_schema',
      structure: { jsonSchema: { name: 'x', schema: JSON.stringify(schema) } },
    })
    expect(body).not.toHaveProperty('toolConfig')
  })

  test('else by a tool whose arguments are the answer', () => {
    expect(ask({ response_format }).body.toolConfig).toEqual({
      tools: [
        { toolSpec: { name: 'callmissed_json_answer', description: 'An x.', inputSchema: { json: schema } } },
      ],
      toolChoice: { tool: { name: 'callmissed_json_answer' } },
    })
    expect(refusalOf(() => ask({ response_format, tools: [tool('a')] }))).toEqual([
      'unsupported_parameter',
      'response_format',
    ])
  })

  test('else in words', () => {
    expect(ask({ response_format }, FABLE).body.system[0].text).toContain(JSON.stringify(schema))
    expect(ask({ response_format: { type: 'json_object' } }).body.system[0].text).toContain('one JSON object')
  })
})
