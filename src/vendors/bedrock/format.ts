import type { ChatBody } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { JSON_INSTRUCTION } from '../json-instruction'
import { JSON_TOOL, jsonTool } from './json-tool'
import type { ModelFamily } from './model-family'

/** How a request asks for an answer in JSON. */
export interface JsonRequest {
  outputConfig?: Record<string, unknown>
  toolConfig?: { tools: unknown[]; toolChoice: Record<string, unknown> }
  instruction?: string
}

/** By the vendor's own schemas, else by a tool whose arguments are the answer, else in words. */
export function jsonOf(
  { responseFormat, tools }: ChatBody,
  family: ModelFamily,
  canForce: boolean,
): JsonRequest {
  if (!responseFormat || responseFormat.type === 'text') return {}
  if (responseFormat.type === 'json_object') return { instruction: JSON_INSTRUCTION }
  const { name, schema, description } = responseFormat
  if (family.kind === 'claude' && family.nativeJson) {
    const jsonSchema = { name, schema: JSON.stringify(schema) }
    return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } }
  }
  if (tools)
    throw field.unsupported('response_format', 'this model is held to a schema or calls tools, not both')
  if (!canForce)
    return { instruction: `${JSON_INSTRUCTION} It follows this JSON schema: ${JSON.stringify(schema)}` }
  return { toolConfig: { tools: [jsonTool(schema, description)], toolChoice: { tool: { name: JSON_TOOL } } } }
}
