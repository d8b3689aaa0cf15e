import type { Tool, ToolChoice } from './chat-body'
import * as field from './field'
import { readCacheMark } from './read-part'
import { withoutAbsent } from './without-absent'

const NAME = /^[\w-]{1,64}$/

/** `tools`; an empty list is none. */
export function readTools(value: unknown): Tool[] | undefined {
  const tools = field.array(value, 'tools')
  if (!tools || tools.length === 0) return undefined
  return tools.map((tool, index) => readTool(tool, `tools[${index}]`))
}

/** The deprecated `functions`, as tools. */
export function readFunctions(value: unknown): Tool[] | undefined {
  const functions = field.array(value, 'functions')
  if (!functions || functions.length === 0) return undefined
  return functions.map((given, index) => readFunction(given, `functions[${index}]`))
}

/** `tool_choice`: a mode, a tool’s name, or the tools that are allowed. */
export function readToolChoice(value: unknown): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return { mode: modeOf(value, 'tool_choice') }
  const choice = field.object(value, 'tool_choice') ?? {}
  const type = field.required(
    field.oneOf(choice.type, 'tool_choice.type', ['function', 'custom', 'allowed_tools'] as const),
    'tool_choice.type',
  )
  if (type === 'allowed_tools') return readAllowed(choice.allowed_tools)
  return { mode: 'named', name: nameIn(choice[type], `tool_choice.${type}`) }
}

/** The deprecated `function_call`: `none`, `auto` or a name. */
export function readFunctionChoice(value: unknown): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string')
    return { mode: field.oneOf(value, 'function_call', ['none', 'auto'] as const) ?? 'auto' }
  return { mode: 'named', name: nameIn(value, 'function_call') }
}

function readTool(value: unknown, at: string): Tool {
  const tool = field.required(field.object(value, at), at)
  const type = field.oneOf(tool.type, `${at}.type`, ['function', 'custom'] as const)
  const read = field.required(type, `${at}.type`) === 'custom' ? readCustom : readFunction
  const cache = readCacheMark(tool, at)
  return { ...read(tool[type ?? ''], `${at}.${type}`), ...(cache && { cache }) }
}

function readFunction(value: unknown, at: string): Tool {
  const given = field.required(field.object(value, at), at)
  return withoutAbsent({
    name: nameOf(given, at),
    description: field.string(given.description, `${at}.description`),
    parameters: field.object(given.parameters, `${at}.parameters`),
    strict: field.boolean(given.strict, `${at}.strict`),
    isCustom: false,
    cache: readCacheMark(given, at),
  })
}

function readCustom(value: unknown, at: string): Tool {
  const given = field.required(field.object(value, at), at)
  return withoutAbsent({
    name: nameOf(given, at),
    description: field.string(given.description, `${at}.description`),
    isCustom: true,
    format: field.object(given.format, `${at}.format`),
  })
}

function readAllowed(value: unknown): ToolChoice {
  const at = 'tool_choice.allowed_tools'
  const allowed = field.required(field.object(value, at), at)
  const tools = field.required(field.array(allowed.tools, `${at}.tools`), `${at}.tools`)
  if (tools.length === 0) throw field.emptyArray(`${at}.tools`)
  return {
    mode: 'allowed',
    of: field.oneOf(allowed.mode, `${at}.mode`, ['auto', 'required'] as const) ?? 'auto',
    names: tools.map((tool, index) => allowedName(tool, `${at}.tools[${index}]`)),
  }
}

function allowedName(value: unknown, at: string): string {
  const tool = field.required(field.object(value, at), at)
  return 'custom' in tool ? nameIn(tool.custom, `${at}.custom`) : nameIn(tool.function, `${at}.function`)
}

function modeOf(value: string, at: string): 'none' | 'auto' | 'required' {
  return field.oneOf(value, at, ['none', 'auto', 'required'] as const) ?? 'auto'
}

function nameIn(value: unknown, at: string): string {
  const holder = field.required(field.object(value, at), at)
  return field.required(field.string(holder.name, `${at}.name`), `${at}.name`)
}

function nameOf(given: Record<string, unknown>, at: string): string {
  const name = nameIn(given, at)
  if (!NAME.test(name)) throw field.invalid(`${at}.name`, 'expected 1 to 64 letters, digits, _ or -')
  return name
}
