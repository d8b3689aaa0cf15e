import type { ChatBody, ResponseFormat, Tool } from '../../wire/chat-body'
import { unsupported } from '../../wire/field'
import type { Translation } from '../translation'
import { hasCalls, type Needs } from './needs'

/** By what a model without tools is brought to call them, the best first. */
export type ToolRung = 'json_schema' | 'json_mode' | 'prompt'
/** By what a model without schemas is held to one, the best first; `vendor`: its vendor's dialect has its own way. */
export type SchemaRung = 'vendor' | 'tool' | 'json_mode' | 'prompt'

/** How the model is asked for what it has not. */
export interface Plan {
  /** The model knows nothing of tools: none is offered to it as such, and a history with calls is told as text. */
  hidesTools: boolean
  /** There are calls in the history. */
  hasCalls: boolean
  tools?: ToolPlan
  /** An answer that is JSON; with `tools`: one that calls none. */
  answer?: AnswerPlan
}

export interface ToolPlan {
  rung: ToolRung
  offered: readonly Tool[]
  mustCall: boolean
  /** At most one call in an answer. */
  isSingle: boolean
}

export interface AnswerPlan {
  /** Absent: it is a part of what is said of the tools. */
  rung?: SchemaRung
  name: string
  description?: string
  schema: Record<string, unknown>
  /** The caller was promised it: an answer that does not follow it is none. */
  isStrict: boolean
}

/** What is known of a model that has to be brought to something. */
interface Model {
  capabilities: ReadonlySet<string>
  translation: Pick<Translation, 'lacks' | 'holdsToSchemas'>
}

/** The highest rung of each ladder that the model can stand on, by what is known of it: nothing is tried out. */
export function planOf(chat: ChatBody, needs: Needs, model: Model): Plan {
  const tools = needs.tools ? toolPlan(chat, model) : undefined
  const answer = answerPlan(chat.responseFormat, tools || needs.schema)
  const about = { hidesTools: needs.tools, hasCalls: hasCalls(chat) }
  if (tools) return { ...about, tools, ...(answer && { answer }) }
  const rung = schemaRung(chat, needs, model)
  return { ...about, ...(answer && { answer: { ...answer, rung } }) }
}

/** The same one rung further down, where the vendor turned out to have no tool that must be called. */
export function withoutForcedTool({ answer, ...plan }: Plan, { capabilities }: Model): Plan {
  const rung: SchemaRung = capabilities.has('json_mode') ? 'json_mode' : 'prompt'
  return { ...plan, ...(answer && { answer: { ...answer, rung } }) }
}

function toolPlan(chat: ChatBody, { capabilities, translation }: Model): ToolPlan | undefined {
  const { tools = [], toolChoice: choice, parallelToolCalls } = chat
  if (tools.length === 0 || choice?.mode === 'none') return undefined
  const names =
    choice?.mode === 'named' ? [choice.name] : choice?.mode === 'allowed' ? choice.names : undefined
  const offered = names ? tools.filter(({ name }) => names.includes(name)) : tools
  if (offered.length === 0) throw unsupported('tool_choice', 'it allows none of the tools')
  const mode = choice?.mode === 'allowed' ? choice.of : choice?.mode
  return {
    rung: toolRung(capabilities, translation),
    offered,
    mustCall: mode === 'required' || mode === 'named',
    isSingle: parallelToolCalls === false || mode === 'named' || (chat.usesFunctions ?? false),
  }
}

function toolRung(capabilities: ReadonlySet<string>, { lacks }: Model['translation']): ToolRung {
  if (capabilities.has('json_schema') && !lacks?.includes('json_schema')) return 'json_schema'
  return capabilities.has('json_mode') ? 'json_mode' : 'prompt'
}

function answerPlan(format: ResponseFormat | undefined, isOurs: unknown): AnswerPlan | undefined {
  if (!format || format.type === 'text' || !isOurs) return undefined
  if (format.type === 'json_object') return { name: 'answer', schema: { type: 'object' }, isStrict: false }
  const { name, description, schema, strict = false } = format
  return { name, ...(description !== undefined && { description }), schema, isStrict: strict }
}

/**
 * A tool that must be called holds a model to its schema, but not one that thinks: most of those refuse to be made to. Beside
 * the caller's own tools there is no place for one, and JSON mode would keep the model from calling them.
 */
function schemaRung(chat: ChatBody, needs: Needs, { capabilities, translation }: Model): SchemaRung {
  const offersTools = chat.tools !== undefined && chat.toolChoice?.mode !== 'none' && !needs.tools
  if (offersTools) return 'prompt'
  if (translation.holdsToSchemas) return 'vendor'
  const root = chat.responseFormat?.type === 'json_schema' ? chat.responseFormat.schema.type : undefined
  const canForce = capabilities.has('tools') && !translation.lacks?.includes('tools')
  if (canForce && root === 'object' && !capabilities.has('reasoning')) return 'tool'
  // JSON mode gives objects alone.
  return capabilities.has('json_mode') && (root === 'object' || root === undefined) ? 'json_mode' : 'prompt'
}

/** What is emulated and by what, as the caller is told it. */
export function emulatedParams({ tools, answer, hidesTools, hasCalls }: Plan): string[] {
  const rung = answer && (answer.rung ?? tools?.rung)
  return [
    ...(tools ? [`tools=${tools.rung}`] : hidesTools && hasCalls ? ['tools=prompt'] : []),
    ...(rung ? [`response_format=${rung}`] : []),
  ]
}
