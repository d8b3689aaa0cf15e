import type { ChatBody, Tool, ToolChoice } from '../../wire/chat-body'

/** Tools, the choice among them, and how many at once. */
export function toolMembers({ tools, toolChoice, parallelToolCalls }: ChatBody): Record<string, unknown> {
  if (!tools) return {}
  const custom = new Set(tools.filter(({ isCustom }) => isCustom).map(({ name }) => name))
  const choice = choiceOf(toolChoice, custom)
  return {
    tools: tools.map(toolOf),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(parallelToolCalls !== undefined && { parallel_tool_calls: parallelToolCalls }),
  }
}

/** Here a tool is strict unless that is denied, in Chat Completions the other way round. */
function toolOf({ name, description, parameters, strict, isCustom, format }: Tool): Record<string, unknown> {
  const about = { name, ...(description !== undefined && { description }) }
  if (isCustom) return { type: 'custom', ...about, ...(format !== undefined && { format: formatOf(format) }) }
  return { type: 'function', ...about, parameters: parameters ?? null, strict: strict ?? false }
}

/** A grammar stands in a member of its own in Chat Completions. */
function formatOf(format: unknown): unknown {
  if (typeof format !== 'object' || format === null || !('grammar' in format)) return format
  const { grammar, ...rest } = format as { grammar: object }
  return { ...rest, ...grammar }
}

function choiceOf(choice: ToolChoice | undefined, custom: ReadonlySet<string>): unknown {
  const named = (name: string) => ({ type: custom.has(name) ? 'custom' : 'function', name })
  switch (choice?.mode) {
    case undefined:
      return undefined
    case 'named':
      return named(choice.name)
    case 'allowed':
      return { type: 'allowed_tools', mode: choice.of, tools: choice.names.map(named) }
    default:
      return choice?.mode
  }
}
