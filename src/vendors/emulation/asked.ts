import type { ChatBody, Message, ResponseFormat } from '../../wire/chat-body'
import { envelopeSchema } from './envelope'
import { joined, rewritten } from './history'
import { instructions } from './instructions'
import type { AnswerPlan, Plan } from './plan'
import type { Tags } from './tags'

/** A tool that is no caller's: its arguments are the answer. */
const ANSWER_TOOL = 'give_answer'

/** The request as the model can take it; the caller's own is not changed. */
export function askedChat(chat: ChatBody, plan: Plan, tags: Tags): ChatBody {
  const messages = plan.hidesTools && plan.hasCalls ? rewritten(chat.messages, plan, tags) : chat.messages
  const told = { ...chat, messages: withInstructions(messages, instructions(plan, tags)) }
  if (plan.tools) {
    const { responseFormat: _, logprobs, topLogprobs, ...rest } = withoutTools(told)
    return { ...rest, ...formatMember(envelopeFormat(plan)) }
  }
  const bare = plan.hidesTools ? withoutTools(told) : told
  return plan.answer ? withAnswer(bare, plan.answer) : bare
}

function withoutTools({ tools, toolChoice, parallelToolCalls, ...rest }: ChatBody): ChatBody {
  return rest
}

/** Parameters that mean nothing where the model is asked so: what is said of tokens that callers never see, of its cache, its grammar. */
export function lostParams(chat: ChatBody, { tools, answer }: Plan): string[] {
  const { logprobs, topLogprobs } = chat
  const isRetold = tools !== undefined || answer?.rung === 'tool'
  const offered = tools?.offered ?? []
  return [
    ...(isRetold && logprobs ? ['logprobs'] : []),
    ...(isRetold && topLogprobs ? ['top_logprobs'] : []),
    ...(offered.some(({ format }) => format !== undefined) ? ['tools.custom.format'] : []),
    ...(offered.some(({ cache }) => cache) ? ['cache_control'] : []),
  ]
}

function envelopeFormat({ tools, answer, ...plan }: Plan): ResponseFormat | undefined {
  if (!tools || tools.rung === 'prompt') return undefined
  if (tools.rung === 'json_mode') return { type: 'json_object' }
  const schema = envelopeSchema({ ...plan, ...(answer && { answer }) }, tools)
  return { type: 'json_schema', name: 'answer', schema }
}

function withAnswer(chat: ChatBody, answer: AnswerPlan): ChatBody {
  const { responseFormat, ...rest } = chat
  if (answer.rung === 'vendor') return chat
  if (answer.rung === 'json_mode') return { ...rest, responseFormat: { type: 'json_object' } }
  if (answer.rung !== 'tool') return rest
  const { logprobs, topLogprobs, ...bare } = rest
  const tool = {
    name: ANSWER_TOOL,
    description:
      answer.description || 'Gives your answer. Call it once, with all of the answer as its arguments.',
    parameters: answer.schema,
    ...(answer.isStrict && { strict: true }),
    isCustom: false,
  }
  return { ...bare, tools: [tool], toolChoice: { mode: 'named', name: ANSWER_TOOL } }
}

function formatMember(responseFormat: ResponseFormat | undefined): Pick<ChatBody, 'responseFormat'> {
  return responseFormat ? { responseFormat } : {}
}

/** As the last of what the system says before the conversation. */
function withInstructions(messages: readonly Message[], text: string): Message[] {
  if (text === '') return [...messages]
  const first = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
  const at = first === -1 ? messages.length : first
  const before = messages[at - 1]
  const told = { type: 'text' as const, text }
  if (!before) return [{ role: 'system', content: [told] }, ...messages]
  return messages.with(at - 1, { ...before, content: joined(before.content, [told]) } as Message)
}
