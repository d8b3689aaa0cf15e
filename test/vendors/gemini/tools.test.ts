import { expect, test } from 'bun:test'
import { ask } from './ask'

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const weather = {
  type: 'function',
  function: { name: 'get_weather', description: 'Now.', parameters: schema },
}
const time = { type: 'function', function: { name: 'get_time' } }

test('tools are declared with their schema as it is; a tool that takes nothing has none', () => {
  const empty = { type: 'function', function: { name: 'e', parameters: { type: 'object', properties: {} } } }
  const custom = { type: 'custom', custom: { name: 'run' } }
  expect(ask({ tools: [weather, time, empty, custom] }).body.tools).toEqual([
    {
      functionDeclarations: [
        { name: 'get_weather', description: 'Now.', parametersJsonSchema: schema },
        { name: 'get_time' },
        { name: 'e' },
        {
          name: 'run',
          parametersJsonSchema: {
            type: 'object',
            properties: { input: { type: 'string' } },
            required: ['input'],
          },
        },
      ],
    },
  ])
})

test.each([
  [undefined, undefined],
  ['auto', { mode: 'AUTO' }],
  ['none', { mode: 'NONE' }],
  ['required', { mode: 'ANY' }],
  [
    { type: 'function', function: { name: 'get_time' } },
    { mode: 'ANY', allowedFunctionNames: ['get_time'] },
  ],
  [
    { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [time] } },
    { mode: 'VALIDATED', allowedFunctionNames: ['get_time'] },
  ],
  [
    { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [time, weather] } },
    { mode: 'ANY', allowedFunctionNames: ['get_time', 'get_weather'] },
  ],
])('tool_choice %j is %j', (tool_choice, config) => {
  const { body } = ask({ tools: [weather, time], tool_choice })
  expect(body.toolConfig?.functionCallingConfig).toEqual(config)
})

test('a strict tool is held to its schema', () => {
  const strict = { type: 'function', function: { ...weather.function, strict: true } }
  expect(ask({ tools: [strict] }).body.toolConfig).toEqual({ functionCallingConfig: { mode: 'VALIDATED' } })
})

test('a choice of no tool and a name that the vendor does not take are refused', () => {
  expect(() => ask({ tools: [time], tool_choice: { type: 'function', function: { name: 'x' } } })).toThrow(
    "'tool_choice'",
  )
  expect(() => ask({ tools: [{ type: 'function', function: { name: '1st' } }] })).toThrow(
    "'tools[0].function.name'",
  )
})
