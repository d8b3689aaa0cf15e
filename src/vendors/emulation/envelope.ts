import type { Tool } from '../../wire/chat-body'
import type { AnswerPlan, Plan, ToolPlan } from './plan'
import { parametersOf } from './said-call'

type JsonSchema = Record<string, unknown>

/**
 * The schema of an answer that says in its `type` what it is: words, the JSON that was asked for, or calls. `type` and what
 * it announces stand first, so that a stream of it can be told while it comes.
 */
export function envelopeSchema({ answer }: Plan, tools: ToolPlan): JsonSchema {
  const calls = closed({
    type: { type: 'string', const: 'tool_calls' },
    calls: {
      type: 'array',
      minItems: 1,
      ...(tools.isSingle && { maxItems: 1 }),
      items: anyOf(tools.offered.map(callSchema)),
    },
  })
  return tools.mustCall ? calls : anyOf([otherwise(answer), calls])
}

function otherwise(answer: AnswerPlan | undefined): JsonSchema {
  return answer
    ? closed({ type: { type: 'string', const: 'json' }, json: embedded(answer.schema) })
    : closed({ type: { type: 'string', const: 'text' }, text: { type: 'string' } })
}

function callSchema(tool: Tool): JsonSchema {
  return closed({
    name: { type: 'string', const: tool.name },
    arguments: embedded(parametersOf(tool)),
  })
}

/** A schema that refers to a part of itself by where it stands means something else within another one: it is checked later. */
function embedded(schema: JsonSchema): JsonSchema {
  return /"\$(?:ref|id|anchor|dynamicRef|recursiveRef)":/.test(JSON.stringify(schema))
    ? { type: 'object' }
    : schema
}

function closed(properties: Record<string, JsonSchema>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

function anyOf(schemas: JsonSchema[]): JsonSchema {
  return schemas.length === 1 && schemas[0] ? schemas[0] : { anyOf: schemas }
}
