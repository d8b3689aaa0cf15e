import { isObject } from '../lib/object'
import type { Tool, ToolChoice } from './chat'
import { arrayAt, type Fields, invalid, missing, objectAt, oneOf, wrongType } from './field'
import { Refusal } from './refusal'

export const MAX_TOOLS = 128
const NAME = /^[A-Za-z0-9_-]{1,64}$/

/** `tools`, each checked as OpenAI does; none is an empty list. */
export function readTools(fields: Fields): Tool[] {
  const tools = arrayAt(fields, 'tools') ?? []
  if (tools.length > MAX_TOOLS)
    throw invalid('tools', 'array_above_max_length', `Expected at most ${MAX_TOOLS}.`)
  return tools.map((tool, index) => readTool(tool, `tools[${index}]`))
}

function readTool(tool: unknown, path: string): Tool {
  if (!isObject(tool)) throw wrongType(path, 'object')
  const type = oneOf(tool.type, ['function', 'custom'] as const, `${path}.type`)
  const inner = objectAt(tool, type, `${path}.${type}`)
  if (!inner) throw missing(`${path}.${type}`)
  return named(type, inner, `${path}.${type}`)
}

/** A function or a custom tool at its path. */
export function named(type: Tool['type'], { name, parameters }: Fields, path: string): Tool {
  if (name === undefined) throw missing(`${path}.name`)
  if (typeof name !== 'string' || !NAME.test(name))
    throw invalid(`${path}.name`, 'invalid_value', 'Expected up to 64 letters, digits, _ or -.')
  return { type, name, parameters: parameters ?? undefined }
}

/** What may, must or must not be called. Legal only together with `tools`. */
export function readToolChoice(fields: Fields, tools: Tool[]): ToolChoice {
  const choice = fields.tool_choice ?? undefined
  if (choice === undefined) return { mode: tools.length > 0 ? 'auto' : 'none', names: undefined }
  if (tools.length === 0)
    throw new Refusal("'tool_choice' is only allowed when 'tools' are specified.", { param: 'tool_choice' })
  if (!isObject(choice))
    return { mode: oneOf(choice, ['none', 'auto', 'required'] as const, 'tool_choice'), names: undefined }
  if (choice.type !== 'allowed_tools')
    return { mode: 'required', names: [nameOf(choice, tools, 'tool_choice')] }
  const allowed = objectAt(choice, 'allowed_tools', 'tool_choice.allowed_tools') ?? {}
  const path = 'tool_choice.allowed_tools'
  const listed = arrayAt(allowed, 'tools', `${path}.tools`) ?? []
  return {
    mode: oneOf(allowed.mode, ['auto', 'required'] as const, `${path}.mode`),
    names: listed.map((tool, index) => nameOf(isObject(tool) ? tool : {}, tools, `${path}.tools[${index}]`)),
  }
}

function nameOf(choice: Fields, tools: Tool[], path: string): string {
  const type = oneOf(choice.type, ['function', 'custom'] as const, `${path}.type`)
  const inner = objectAt(choice, type, `${path}.${type}`)
  const tool = tools.find(other => other.name === inner?.name)
  if (!tool) throw invalid(`${path}.${type}.name`, 'invalid_value', "Expected the name of one of 'tools'.")
  return tool.name
}
