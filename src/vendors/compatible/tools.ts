import type { ChatBody, Tool, ToolChoice } from '../../wire/chat-body'
import { unsupported } from '../../wire/field'
import { ANY_TEXT_ALONE } from '../custom-tool'
import type { CompatibleFacts } from './facts'

type Members = Record<string, unknown>

/** Tools, their choice and how many at a time, as this vendor takes them. */
export function toolMembers(chat: ChatBody, facts: CompatibleFacts, model: string): Members {
  const { tools, toolChoice: choice, parallelToolCalls: parallel } = chat
  if (!tools) return {}
  const isFiltered = choice?.mode === 'allowed' && !facts.takesAllTools
  const offered = isFiltered ? tools.filter(({ name }) => choice.names.includes(name)) : tools
  if (offered.length === 0) throw unsupported('tool_choice', 'it allows none of the tools')
  const said = choice && choiceOf(choice, facts, model, tools)
  if (said === NO_TOOLS) return {}
  return {
    tools: offered.map(tool => toolOf(tool, facts)),
    ...(said !== undefined && { tool_choice: said }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
  }
}

/** A vendor that knows no choice is not shown the tools that it must not call. */
export const NO_TOOLS = Symbol('no tools')

function choiceOf(
  choice: ToolChoice,
  facts: CompatibleFacts,
  model: string,
  tools: readonly Tool[],
): unknown {
  if (facts.toolChoice) return facts.toolChoice(choice, model)
  if (choice.mode === 'named') return namedChoice(choice.name, facts.takesAllTools ? tools : [])
  if (choice.mode !== 'allowed') return choice.mode
  if (!facts.takesAllTools) return choice.of
  const allowed = tools.filter(({ name }) => choice.names.includes(name))
  const named = allowed.map(({ name }) => namedChoice(name, tools))
  return { type: 'allowed_tools', allowed_tools: { mode: choice.of, tools: named } }
}

function namedChoice(name: string, tools: readonly Tool[]): Members {
  const isCustom = tools.find(tool => tool.name === name)?.isCustom ?? false
  return isCustom ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } }
}

function toolOf(tool: Tool, facts: CompatibleFacts): Members {
  const { name, description, strict, isCustom, format, cache } = tool
  const about = { name, ...(description !== undefined && { description }) }
  const parameters = isCustom ? ANY_TEXT_ALONE : tool.parameters
  if (isCustom && facts.takesAllTools)
    return { type: 'custom', custom: { ...about, ...(format !== undefined && { format }) } }
  return {
    type: 'function',
    function: {
      ...about,
      ...(parameters !== undefined && { parameters }),
      ...(strict !== undefined && !facts.hasNoStrict && { strict }),
    },
    ...(cache && facts.takesCacheMarks && { cache_control: { type: 'ephemeral', ...cache } }),
  }
}
