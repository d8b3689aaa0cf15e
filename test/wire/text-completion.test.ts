import { expect, test } from 'bun:test'
import { asTextEvents } from '../../src/wire/text-completion'

const event = (data: string) => `data: ${data}\n\n`
const told = (events: string) => Buffer.from(asTextEvents(Buffer.from(events))).toString()

test('a chat’s events become a completion’s, the cost as it is written', () => {
  const choice = { index: 0, delta: { content: 'Hi' }, finish_reason: null }
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [choice] }
  const usage = '{"prompt_tokens":1,"cost_usd":0.000000000001}'
  const written = `${JSON.stringify(chunk).slice(0, -1)},"usage":${usage}}`
  expect(told(event(written))).toBe(
    event(
      `{"id":"c","object":"text_completion","created":1,"model":"m","choices":[{"text":"Hi","index":0,"logprobs":null,"finish_reason":null}],"usage":${usage}}`,
    ),
  )
})

test('what is no chunk goes on as it came', () => {
  const others = [
    ': a comment\n\n',
    event('{"error":{"message":"no"}}'),
    event('{"choices":[{'),
    event('[DONE]'),
  ]
  expect(told(others.join(''))).toBe(others.join(''))
})
