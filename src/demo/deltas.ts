import type { Choice } from './choice'
import { logprobsOf, type TokenLogprob } from './logprobs'
import type { ToolCall } from './tool-calls'

/** What one chunk says of one choice. */
export interface Delta {
  delta: Record<string, unknown>
  logprobs: { content: TokenLogprob[]; refusal: null } | null
  finish_reason: Choice['finish'] | null
  /** Whether a token was produced for it, which takes its time. */
  paced: boolean
}

/** A choice as its chunks: the role first, then a token each, then why it ends. */
export function deltasOf(choice: Choice, topLogprobs: number | undefined): Delta[] {
  const [first, ...rest] = deltasOfContent(choice, topLogprobs)
  const last: Delta = { delta: {}, logprobs: null, finish_reason: choice.finish, paced: false }
  const opening = { ...first?.delta, refusal: null }
  return [{ ...plain({ role: 'assistant', ...opening }), paced: false }, ...rest, last]
}

function deltasOfContent(choice: Choice, topLogprobs: number | undefined): Delta[] {
  if (choice.tokens) return textDeltas(choice, topLogprobs)
  return choice.usesFunctions ? functionDeltas(choice.calls) : callDeltas(choice.calls)
}

function plain(delta: Record<string, unknown>): Delta {
  return { delta, logprobs: null, finish_reason: null, paced: true }
}

function textDeltas({ tokens, random }: Choice, topLogprobs: number | undefined): Delta[] {
  const deltas = (tokens ?? []).map((token): Delta => {
    const delta = plain({ content: token })
    if (topLogprobs === undefined) return delta
    return { ...delta, logprobs: { content: logprobsOf([token], topLogprobs, random), refusal: null } }
  })
  return [plain({ content: '' }), ...deltas]
}

/** The name once, then the arguments. */
function functionDeltas(calls: ToolCall[]): Delta[] {
  return calls.flatMap(({ name, tokens }) => [
    plain({ content: null, function_call: { name, arguments: '' } }),
    ...tokens.map(token => plain({ function_call: { arguments: token } })),
  ])
}

/** Id, type and name once, with the call's first delta; a turn that opens with a call has it in its first chunk. */
function callDeltas(calls: ToolCall[]): Delta[] {
  return calls.flatMap(({ id, type, name, tokens }, index) => {
    const own = (text: string) => (type === 'custom' ? { input: text } : { arguments: text })
    const opening = { index, id, type, [type]: { name, ...own('') } }
    const content = index === 0 ? { content: null } : {}
    return [
      plain({ ...content, tool_calls: [opening] }),
      ...tokens.map(token => plain({ tool_calls: [{ index, [type]: own(token) }] })),
    ]
  })
}
