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
  const { index, tokens, calls, finish, random, usesFunctions } = choice
  const hasLogprobs = topLogprobs !== undefined && tokens !== null
  return {
    index,
    message: {
      role: 'assistant',
      content: tokens?.join('') ?? null,
      refusal: null,
      annotations: [],
      ...(calls.length > 0 && !usesFunctions && { tool_calls: calls.map(callOf) }),
      ...(calls[0] && usesFunctions && { function_call: functionCall(calls[0]) }),
    },
    logprobs: hasLogprobs ? { content: logprobsOf(tokens, topLogprobs, random), refusal: null } : null,
    finish_reason: finish,
  }
}

function callOf({ id, type, name, tokens }: ToolCall) {
  if (type === 'custom') return { id, type, custom: { name, input: tokens.join('') } }
  return { id, type, function: functionCall({ name, tokens }) }
}

function functionCall({ name, tokens }: Pick<ToolCall, 'name' | 'tokens'>) {
  return { name, arguments: tokens.join('') }
}
