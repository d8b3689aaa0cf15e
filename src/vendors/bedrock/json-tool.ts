/** A tool that is no caller's: its arguments are the answer, where a model can be held to a schema in no other way. */
export const JSON_TOOL = 'callmissed_json_answer'

/** It, for a schema. */
export function jsonTool(schema: Record<string, unknown>, description: string | undefined) {
  return {
    toolSpec: {
      name: JSON_TOOL,
      description: description || 'Gives the answer.',
      inputSchema: { json: { ...schema, type: 'object' } },
    },
  }
}
