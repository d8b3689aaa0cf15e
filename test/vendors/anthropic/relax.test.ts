import { expect, test } from 'bun:test'
import { relax } from '../../../src/vendors/anthropic/relax'

const request = (tools?: object[]) => ({
  url: 'https://a.example/messages',
  headers: { 'x-api-key': 'k' },
  body: Buffer.from(JSON.stringify({ model: 'm', tools })),
})
const STRICT = [{ name: 'f', strict: true, input_schema: {} }, { name: 'g' }]

test.each([
  ['The compiled grammar is too large, which would cause performance issues.'],
  ['Too many strict tools (21). The maximum number of strict tools supported is 20.'],
  ['Schemas contains too many parameters with union types (17 parameters)'],
])('%s: the same request with free tools', refusal => {
  const relaxed = relax(request(STRICT), refusal)!
  expect(JSON.parse(Buffer.from(relaxed.body).toString())).toEqual({
    model: 'm',
    tools: [{ name: 'f', input_schema: {} }, { name: 'g' }],
  })
  expect(relaxed).toMatchObject({ url: 'https://a.example/messages', dropped: ['tools.function.strict'] })
})

test('another refusal, and a request without strict tools, stay as they are', () => {
  expect(relax(request(STRICT), 'max_tokens: too large')).toBeUndefined()
  expect(relax(request([{ name: 'g' }]), 'Too many strict tools')).toBeUndefined()
  expect(relax(request(), 'Too many strict tools')).toBeUndefined()
})
