import { expect, test } from 'bun:test'
import { isContextOverflow } from '../../src/upstream/context-overflow'

const said = (message: string, code: string | null = null) => ({ message, code, type: null, param: null })

/** How each says that a prompt does not fit. */
const TOO_LONG: [who: string, message: string][] = [
  ['Anthropic', 'prompt is too long: 210000 tokens > 200000 maximum'],
  ['Anthropic', 'request_too_large: Request exceeds the maximum size'],
  ['Z.ai', 'Prompt exceeds max length'],
  ['Bedrock', 'Input is too long for requested model.'],
  ['OpenAI', 'Your input exceeds the context window of this model. Please adjust your input and try again.'],
  [
    'OpenAI',
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
  ],
  ['vLLM', "The prompt (9000 tokens) exceeds the model's maximum context length of 8192."],
  ['Gemini', 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'],
  ['xAI', "This model's maximum prompt length is 131072 but the request contains 200000 tokens."],
  ['Groq', 'Please reduce the length of the messages or completion.'],
  ['Together', "The input (9000 tokens) is longer than the model's context length (8192 tokens)."],
  ['llama.cpp', 'the request exceeds the available context size'],
  ['MiniMax', 'context window exceeds limit (2013)'],
  ['Kimi', 'Your request exceeded model token limit: 131072'],
  ['Mistral', 'Prompt contains 40000 tokens, too large for model with 32768 maximum context length'],
  ['Ollama', 'prompt too long; exceeded max context length by 12 tokens'],
  ['Qwen', 'Range of input length should be [1, 30720]'],
  ['Cohere', 'too many tokens: total number of tokens in the prompt cannot exceed 4081'],
  ['another', 'context_length_exceeded'],
]
test.each(TOO_LONG)('%s: “%s” is a prompt that does not fit', (_who, message) => {
  expect(isContextOverflow(said(message))).toBe(true)
  expect(isContextOverflow(said(message.toUpperCase()))).toBe(true)
})

test.each([
  'Throttling: too many tokens, please wait before trying again.',
  'Rate limit reached: too many tokens per minute (TPM).',
  'Too many requests, too many tokens',
  'Service unavailable: token limit exceeded',
  'max_tokens is too large: 99999. This model supports at most 16384 completion tokens.',
  'The messages are not an array.',
  '',
])('“%s” is something else', message => {
  expect(isContextOverflow(said(message))).toBe(false)
})

test('OpenAI’s code is enough, and a text of megabytes is not searched', () => {
  expect(isContextOverflow(said('', 'context_length_exceeded'))).toBe(true)
  expect(isContextOverflow(said(`${'x'.repeat(3000)} prompt is too long`))).toBe(false)
})
