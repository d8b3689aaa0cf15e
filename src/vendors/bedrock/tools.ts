import type { ChatBody, Tool, ToolChoice } from '../../wire/chat-body'
import { ANY_TEXT } from '../custom-tool'
import { callInstruction, forcesCall, toolsNamed } from '../tool-choice'
import { type Block, cachePoint } from './content'

export interface ToolRequest {
  toolConfig?: { tools: Block[]; toolChoice?: Record<string, unknown> }
  /** Says in words what this model cannot be made to do, or not to do. */
  instruction?: string
  /** For Claude: how many calls at once. */
  onlyOne?: Record<string, unknown>
  dropped: string[]
}

/**
 * Tools and the choice among them. A history with calls needs tools to be there, also when none may be called: there is
 * no word for that here, so it is said in the instructions.
 */
export function toolsOf(
  chat: ChatBody,
  canForce: boolean,
  isClaude: boolean,
  called: readonly string[],
): ToolRequest {
  const { tools, toolChoice } = chat
  const isForbidden = !tools || toolChoice?.mode === 'none'
  if (isForbidden && called.length === 0) return { dropped: [] }
  if (!tools) return { toolConfig: { tools: called.map(stubOf) }, instruction: NO_CALLS, dropped: [] }
  const allowed = allowedOf(tools, toolChoice)
  const dropped = tools.some(({ format }) => format !== undefined) ? ['tools[].custom.format'] : []
  const declared = allowed.flatMap(declarationOf)
  if (isForbidden) return { toolConfig: { tools: declared }, instruction: NO_CALLS, dropped }
  const isForced = forcesCall(chat)
  const toolChoiceMember = isForced && !canForce ? undefined : choiceOf(toolChoice)
  const parallel = parallelOf(chat, isClaude, toolChoiceMember)
  return {
    toolConfig: { tools: declared, ...(toolChoiceMember && { toolChoice: toolChoiceMember }) },
    ...(isForced && !canForce && { instruction: callInstruction(toolChoice) }),
    ...parallel,
    dropped: [...dropped, ...parallel.dropped],
  }
}

const NO_CALLS = 'Answer in words: call no tool.'

function stubOf(name: string): Block {
  return { toolSpec: { name, description: name, inputSchema: { json: { type: 'object', properties: {} } } } }
}

function allowedOf(tools: Tool[], choice: ToolChoice | undefined): Tool[] {
  if (choice?.mode === 'named') toolsNamed(tools, [choice.name])
  return choice?.mode === 'allowed' ? toolsNamed(tools, choice.names) : tools
}

/** An empty description is refused. */
function declarationOf({ name, description, parameters, isCustom, cache }: Tool): Block[] {
  const schema = isCustom ? ANY_TEXT : { ...(parameters ?? { properties: {} }), type: 'object' }
  const toolSpec = { name, ...(description && { description }), inputSchema: { json: schema } }
  return cache ? [{ toolSpec }, cachePoint(cache)] : [{ toolSpec }]
}

function choiceOf(choice: ToolChoice | undefined): Record<string, unknown> | undefined {
  switch (choice?.mode) {
    case 'required':
      return { any: {} }
    case 'named':
      return { tool: { name: choice.name } }
    case 'allowed':
      return choice.of === 'required' ? { any: {} } : { auto: {} }
    case 'auto':
      return { auto: {} }
    default:
      return undefined
  }
}

/** Claude alone can be told, by its own member. */
function parallelOf(
  { parallelToolCalls }: ChatBody,
  isClaude: boolean,
  choice: Record<string, unknown> | undefined,
): { onlyOne?: Record<string, unknown>; dropped: string[] } {
  if (parallelToolCalls !== false || (choice && 'tool' in choice)) return { dropped: [] }
  if (!isClaude) return { dropped: ['parallel_tool_calls'] }
  const type = choice && 'any' in choice ? 'any' : 'auto'
  return { onlyOne: { tool_choice: { type, disable_parallel_tool_use: true } }, dropped: [] }
}
