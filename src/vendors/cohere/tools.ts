import type { ChatBody, Tool, ToolChoice } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { ANY_TEXT } from '../custom-tool'

export interface ToolMembers {
  tools?: unknown[]
  tool_choice?: 'REQUIRED' | 'NONE'
  strict_tools?: true
}

/** Tools and the choice among them: a tool that must be called is the only one that is sent. */
export function toolMembers({ tools, toolChoice }: ChatBody): ToolMembers {
  if (!tools) return {}
  const sent = chosen(tools, toolChoice)
  const choice = wordOf(toolChoice)
  return {
    tools: sent.map(declarationOf),
    ...(choice && { tool_choice: choice }),
    ...(sent.every(({ strict }) => strict) && { strict_tools: true as const }),
  }
}

function chosen(tools: Tool[], choice: ToolChoice | undefined): Tool[] {
  const names =
    choice?.mode === 'named' ? [choice.name] : choice?.mode === 'allowed' ? choice.names : undefined
  if (!names) return tools
  const sent = tools.filter(({ name }) => names.includes(name))
  if (sent.length === 0) throw field.invalid('tool_choice', 'it names none of the tools')
  return sent
}

function wordOf(choice: ToolChoice | undefined): 'REQUIRED' | 'NONE' | undefined {
  if (choice?.mode === 'none') return 'NONE'
  const isForced =
    choice?.mode === 'required' ||
    choice?.mode === 'named' ||
    (choice?.mode === 'allowed' && choice.of === 'required')
  return isForced ? 'REQUIRED' : undefined
}

function declarationOf({ name, description, parameters, isCustom }: Tool): Record<string, unknown> {
  const schema = isCustom ? ANY_TEXT : (parameters ?? { type: 'object', properties: {} })
  return {
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters: schema },
  }
}
