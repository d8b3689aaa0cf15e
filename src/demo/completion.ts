import type { Answer } from './answer'
import type { Choice } from './choice'
import { logprobsOf } from './logprobs'
import type { ToolCall } from './tool-calls'

/** OpenAI's answer that is not streamed. */
export function completionOf(answer: Answer) {
  const { id, created, model } = answer.head
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: answer.choices.map(choice => choiceOf(choice, answer.chat.topLogprobs)),
    usage: answer.usage,
    service_tier: 'default',
    system_fingerprint: null,
  }
}

function choiceOf(choice: Choice, topLogprobs: number | undefined) {
  const { index, tokens, calls, finish, random } = choice
  const hasLogprobs = topLogprobs !== undefined && tokens !== null
  return {
    index,
    message: {
      role: 'assistant',
      content: tokens?.join('') ?? null,
      refusal: null,
      annotations: [],
      ...(calls.length > 0 && { tool_calls: calls.map(callOf) }),
    },
    logprobs: hasLogprobs ? { content: logprobsOf(tokens, topLogprobs, random), refusal: null } : null,
    finish_reason: finish,
  }
}

function callOf({ id, type, name, tokens }: ToolCall) {
  const text = tokens.join('')
  if (type === 'custom') return { id, type, custom: { name, input: text } }
  return { id, type, function: { name, arguments: text } }
}
