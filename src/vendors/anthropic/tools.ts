import type { ChatBody, Tool, ToolChoice } from '../../wire/chat-body'
import { ANY_TEXT_ALONE } from '../custom-tool'
import { callInstruction, forcesCall, toolsNamed } from '../tool-choice'
import type { Block } from './block'
import { cacheMember } from './cache-control'
import { strictSchema } from './schema'

/** The vendor refuses a request with more: none of them is then held to its schema. */
const MOST_STRICT = 20

export interface ToolMembers {
  tools?: Record<string, unknown>[]
  tool_choice?: Record<string, unknown>
}

export interface ToolRequest {
  members: ToolMembers
  /** Says in words what this model cannot be made to do. */
  instruction?: string
  dropped: string[]
}

/**
 * Tools, the choice among them and how many at once. Without `canForce` a call is asked for in words, of those tools
 * alone that may be called. `called` are the names of a history's calls: without tools the vendor refuses that history.
 */
export function toolsOf(chat: ChatBody, canForce: boolean, called: readonly string[]): ToolRequest {
  const { tools: given, toolChoice } = chat
  if (!given) return { members: asked(called), dropped: [] }
  const isForced = forcesCall(chat)
  const allowed = allowedTools(given, toolChoice, isForced && !canForce)
  const isStrict = allowed.filter(({ strict }) => strict).length <= MOST_STRICT
  const dropped = isStrict ? [] : ['tools.function.strict']
  if (given.some(({ format }) => format !== undefined)) dropped.push('tools.custom.format')
  const choice = isForced && !canForce ? { type: 'auto' } : choiceOf(toolChoice)
  return {
    members: {
      tools: allowed.map(tool => toolOf(tool, isStrict)),
      ...choiceMember(choice, chat.parallelToolCalls),
    },
    ...(isForced && !canForce && { instruction: callInstruction(toolChoice) }),
    dropped,
  }
}

/** A history with calls needs tools to be there, also when none may be called any more. */
function asked(called: readonly string[]): ToolMembers {
  if (called.length === 0) return {}
  const tools = [...new Set(called)].map(name => ({ name, input_schema: { type: 'object', properties: {} } }))
  return { tools, tool_choice: { type: 'none' } }
}

function allowedTools(tools: Tool[], choice: ToolChoice | undefined, onlyNamed: boolean): Tool[] {
  const names =
    choice?.mode === 'allowed' ? choice.names : onlyNamed && choice?.mode === 'named' ? [choice.name] : null
  return names ? toolsNamed(tools, names) : tools
}

function toolOf(tool: Tool, isStrict: boolean): Record<string, unknown> {
  const { name, description, strict, cache } = tool
  const schema = tool.isCustom ? ANY_TEXT_ALONE : objectSchema(tool.parameters)
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: strict && isStrict ? strictSchema(schema) : schema,
    ...(strict && isStrict && { strict: true }),
    ...cacheMember(cache),
  }
}

function objectSchema(parameters: Record<string, unknown> | undefined): Record<string, unknown> {
  if (!parameters || Object.keys(parameters).length === 0) return { type: 'object', properties: {} }
  return parameters.type === 'object' ? parameters : { ...parameters, type: 'object' }
}

function choiceOf(choice: ToolChoice | undefined): Record<string, unknown> | undefined {
  switch (choice?.mode) {
    case undefined:
      return undefined
    case 'required':
      return { type: 'any' }
    case 'named':
      return { type: 'tool', name: choice.name }
    case 'allowed':
      return { type: choice.of === 'required' ? 'any' : 'auto' }
    default:
      return { type: choice?.mode }
  }
}

function choiceMember(
  choice: Record<string, unknown> | undefined,
  parallel: boolean | undefined,
): { tool_choice?: Record<string, unknown> } {
  if (parallel !== false || choice?.type === 'none') return choice ? { tool_choice: choice } : {}
  return { tool_choice: { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true } }
}

/** The names that a conversation's turns call. */
export function calledIn(turns: readonly { content: Block[] }[]): string[] {
  const blocks = turns.flatMap(({ content }) => content)
  return blocks.flatMap(({ type, name }) => (type === 'tool_use' && typeof name === 'string' ? [name] : []))
}
