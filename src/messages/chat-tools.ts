import * as field from '../wire/field'
import { withoutAbsent } from '../wire/without-absent'
import { markOf } from './cache-mark'
import type { ChatDialect, Drops } from './chat-dialect'
import { isClosed } from './closed-schema'

/** Tools and the choice among them in OpenAI's words. Throws `unsupported_parameter` for tools that Anthropic runs or knows itself. */
export function toolMembers(body: Record<string, unknown>, dialect: ChatDialect, dropped: Drops) {
  const tools = field.array(body.tools, 'tools')
  if (!tools || tools.length === 0) return {}
  const choice = field.object(body.tool_choice, 'tool_choice')
  const isSingle = field.boolean(choice?.disable_parallel_tool_use, 'tool_choice.disable_parallel_tool_use')
  return withoutAbsent({
    tools: tools.map((tool, index) => toolOf(tool, `tools[${index}]`, dialect, dropped)),
    tool_choice: choiceOf(choice),
    parallel_tool_calls: isSingle ? false : undefined,
  })
}

/** Members of a tool that make no difference elsewhere. */
const HARMLESS = ['eager_input_streaming', 'input_examples', 'allowed_callers', 'defer_loading'] as const

function toolOf(value: unknown, at: string, dialect: ChatDialect, dropped: Drops): object {
  const tool = field.required(field.object(value, at), at)
  const type = field.string(tool.type, `${at}.type`) ?? 'custom'
  if (type !== 'custom') throw field.unsupported(`${at}.type`, 'this tool is Anthropic’s own')
  const schemaPath = `${at}.input_schema`
  const schema = field.required(field.object(tool.input_schema, schemaPath), schemaPath)
  const isStrict = field.boolean(tool.strict, `${at}.strict`)
  for (const name of HARMLESS) if (tool[name] !== undefined) dropped.add(`tools.${name}`)
  return {
    type: 'function',
    function: withoutAbsent({
      name: field.required(field.string(tool.name, `${at}.name`), `${at}.name`),
      description: field.string(tool.description, `${at}.description`),
      parameters: schema,
      strict: isStrict === undefined ? undefined : isStrict && isClosed(schema),
    }),
    ...markOf(tool, at, dialect, dropped),
  }
}

function choiceOf(choice: Record<string, unknown> | undefined): unknown {
  const type = field.oneOf(choice?.type, 'tool_choice.type', ['auto', 'any', 'tool', 'none'] as const)
  if (type === 'any') return 'required'
  if (type !== 'tool') return type
  const name = field.required(field.string(choice?.name, 'tool_choice.name'), 'tool_choice.name')
  return { type: 'function', function: { name } }
}
