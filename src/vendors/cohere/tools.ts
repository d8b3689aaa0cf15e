import type { ChatBody, Tool, ToolChoice } from '../../wire/chat-body'
import { ANY_TEXT } from '../custom-tool'
import { forcesCall, toolsNamed } from '../tool-choice'

export interface ToolMembers {
  tools?: unknown[]
  tool_choice?: 'REQUIRED' | 'NONE'
  strict_tools?: true
}

/** Tools and the choice among them: a tool that must be called is the only one that is sent. */
export function toolMembers(chat: ChatBody): ToolMembers {
  const { tools, toolChoice } = chat
  if (!tools) return {}
  const sent = chosen(tools, toolChoice)
  const choice = toolChoice?.mode === 'none' ? 'NONE' : forcesCall(chat) ? 'REQUIRED' : undefined
  return {
    tools: sent.map(declarationOf),
    ...(choice && { tool_choice: choice }),
    ...(sent.every(({ strict }) => strict) && { strict_tools: true as const }),
  }
}

function chosen(tools: Tool[], choice: ToolChoice | undefined): Tool[] {
  const names =
    choice?.mode === 'named' ? [choice.name] : choice?.mode === 'allowed' ? choice.names : undefined
  return names ? toolsNamed(tools, names) : tools
}

function declarationOf({ name, description, parameters, isCustom }: Tool): Record<string, unknown> {
  const schema = isCustom ? ANY_TEXT : (parameters ?? { type: 'object', properties: {} })
  return {
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters: schema },
  }
}
