import type { ChatBody } from '../../wire/chat-body'
import type { Translation } from '../translation'

/** What of a request its model has not, and has to be brought to. */
export interface Needs {
  tools: boolean
  schema: boolean
}

/**
 * Undefined for nearly every request: its model has all that it asks for. A model of which nobody told what it can has
 * whatever its vendor has.
 */
export function needsOf(
  chat: ChatBody,
  { lacks }: Pick<Translation, 'lacks'>,
  capabilities: ReadonlySet<string>,
): Needs | undefined {
  const tools = (chat.tools !== undefined || hasCalls(chat)) && isMissing('tools', lacks, capabilities)
  const schema = chat.responseFormat?.type === 'json_schema' && isMissing('json_schema', lacks, capabilities)
  return tools || schema ? { tools, schema } : undefined
}

/** Whether a model is known not to have it: `lacks` is what none of its vendor's has. */
export function isMissing(
  name: 'tools' | 'json_schema',
  lacks: Translation['lacks'],
  capabilities: ReadonlySet<string>,
): boolean {
  return (lacks?.includes(name) ?? false) || (capabilities.size > 0 && !capabilities.has(name))
}

/** Whether there are calls in the history: they have to be told, also where no tool is offered any more. */
export function hasCalls({ messages }: ChatBody): boolean {
  return messages.some(
    message => message.role === 'tool' || (message.role === 'assistant' && message.toolCalls.length > 0),
  )
}
