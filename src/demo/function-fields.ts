import { isObject } from '../lib/object'
import type { Tool, ToolChoice } from './chat'
import { arrayAt, type Fields, invalid, oneOf, wrongType } from './field'
import { Refusal } from './refusal'
import { MAX_TOOLS, named } from './tool-fields'

/** The deprecated `functions`, checked as tools are; undefined where there are none, or `tools` in their place. */
export function readFunctions(fields: Fields): Tool[] | undefined {
  const functions = arrayAt(fields, 'functions')
  if (!functions?.length || arrayAt(fields, 'tools')?.length) return undefined
  if (functions.length > MAX_TOOLS)
    throw invalid('functions', 'array_above_max_length', `Expected at most ${MAX_TOOLS}.`)
  return functions.map((given, index) => {
    const path = `functions[${index}]`
    if (!isObject(given)) throw wrongType(path, 'object')
    return named('function', given, path)
  })
}

/** `function_call`, the choice among them. */
export function readFunctionCall(fields: Fields, functions: Tool[] | undefined): ToolChoice | undefined {
  const choice = fields.function_call ?? undefined
  if (choice !== undefined && !functions)
    throw new Refusal("'function_call' is only allowed when 'functions' are specified.", {
      param: 'function_call',
    })
  if (!functions) return undefined
  if (!isObject(choice))
    return { mode: oneOf(choice ?? 'auto', ['none', 'auto'] as const, 'function_call'), names: undefined }
  const chosen = functions.find(({ name }) => name === choice.name)
  if (!chosen)
    throw invalid('function_call.name', 'invalid_value', "Expected the name of one of 'functions'.")
  return { mode: 'required', names: [chosen.name] }
}
