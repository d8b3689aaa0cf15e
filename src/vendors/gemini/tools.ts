import type { ChatBody, Tool, ToolChoice } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { ANY_TEXT } from '../custom-tool'

export interface ToolMembers {
  tools?: unknown[]
  toolConfig?: { functionCallingConfig: Record<string, unknown> }
}

const NAME = /^[A-Za-z_]/

/** Tools and the choice among them. Throws `unsupported_parameter` for a name that the vendor does not take. */
export function toolMembers({ tools, toolChoice }: ChatBody): ToolMembers {
  if (!tools) return {}
  const functionDeclarations = tools.map((tool, index) => declarationOf(tool, `tools[${index}]`))
  const mode = modeOf(toolChoice, tools)
  return {
    tools: [{ functionDeclarations }],
    ...(mode && { toolConfig: { functionCallingConfig: mode } }),
  }
}

function declarationOf(
  { name, description, parameters, isCustom }: Tool,
  at: string,
): Record<string, unknown> {
  if (!NAME.test(name))
    throw field.unsupported(`${at}.function.name`, 'this vendor wants a letter or _ at its beginning')
  const schema = isCustom ? ANY_TEXT : parameters
  const hasMembers = schema !== undefined && Object.keys(schema).length > 0 && !isEmptyObject(schema)
  return {
    name,
    ...(description !== undefined && { description }),
    ...(hasMembers && { parametersJsonSchema: schema }),
  }
}

/** An object without members is refused; a tool that takes nothing has no schema. */
function isEmptyObject({ type, properties }: Record<string, unknown>): boolean {
  return type === 'object' && Object.keys((properties as object | undefined) ?? {}).length === 0
}

function modeOf(choice: ToolChoice | undefined, tools: readonly Tool[]): Record<string, unknown> | undefined {
  switch (choice?.mode) {
    case 'none':
      return { mode: 'NONE' }
    case 'required':
      return { mode: 'ANY' }
    case 'named':
      return { mode: 'ANY', allowedFunctionNames: [known(choice.name, tools)] }
    case 'allowed':
      return {
        mode: choice.of === 'required' ? 'ANY' : 'VALIDATED',
        allowedFunctionNames: choice.names.map(name => known(name, tools)),
      }
    default:
      return tools.some(({ strict }) => strict) ? { mode: 'VALIDATED' } : choice && { mode: 'AUTO' }
  }
}

function known(name: string, tools: readonly Tool[]): string {
  if (tools.some(tool => tool.name === name)) return name
  throw field.invalid('tool_choice', 'it names none of the tools')
}
