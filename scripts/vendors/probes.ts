/** One parameter of a chat request and what it needs beside it. */
export interface Probe {
  /** As the table calls it. */
  name: string
  /** Top-level members that are sent with the parameter and without it. */
  base?: object
  /** What the parameter adds or replaces. */
  members: Record<string, unknown>
}

const FUNCTION = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }
const TOOLS = { tools: [FUNCTION] }
const NAMED = { type: 'function', function: { name: 'f' } }
const SCHEMA = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
}

const probe = (name: string, value: unknown, base?: object): Probe => ({
  name,
  members: { [name]: value },
  ...(base && { base }),
})
const part = (name: string, content: object): Probe => ({
  name,
  members: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, content] }] },
})

/** Every parameter that OpenAI's chat requests have, each with a value that is not its default. */
export const PROBES: readonly Probe[] = [
  probe('max_completion_tokens', 50),
  probe('max_tokens', 50),
  probe('temperature', 0.5),
  probe('top_p', 0.9),
  probe('n', 2),
  probe('stop', ['END']),
  probe('seed', 7),
  probe('presence_penalty', 0.5),
  probe('frequency_penalty', 0.5),
  probe('logit_bias', { '50': 1 }),
  probe('logprobs', true),
  probe('top_logprobs', 2, { logprobs: true }),
  probe('reasoning_effort', 'low'),
  probe('verbosity', 'low'),
  probe('tools', [FUNCTION]),
  { name: 'tools (custom)', members: { tools: [{ type: 'custom', custom: { name: 'f' } }] } },
  {
    name: 'tools (strict)',
    members: {
      tools: [{ ...FUNCTION, function: { ...FUNCTION.function, parameters: SCHEMA, strict: true } }],
    },
  },
  { name: 'tool_choice: none', base: TOOLS, members: { tool_choice: 'none' } },
  { name: 'tool_choice: required', base: TOOLS, members: { tool_choice: 'required' } },
  { name: 'tool_choice: named', base: TOOLS, members: { tool_choice: NAMED } },
  probe('parallel_tool_calls', false, TOOLS),
  { name: 'response_format: json_object', members: { response_format: { type: 'json_object' } } },
  {
    name: 'response_format: json_schema',
    members: {
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA, strict: true } },
    },
  },
  part('image_url (https)', { type: 'image_url', image_url: { url: 'https://a.example/a.png' } }),
  part('image_url (data)', { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }),
  part('input_audio', { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }),
  part('file (PDF)', {
    type: 'file',
    file: { file_data: 'data:application/pdf;base64,JVBERg==', filename: 'a.pdf' },
  }),
  probe('user', 'ann'),
  probe('service_tier', 'flex'),
  probe('metadata', { a: 'b' }),
  probe('store', true),
  probe('prediction', { type: 'content', content: 'x' }),
  probe('prompt_cache_key', 'k'),
  {
    name: 'modalities: audio',
    members: { modalities: ['text', 'audio'], audio: { format: 'wav', voice: 'alloy' } },
  },
  probe('web_search_options', { search_context_size: 'low' }),
  probe('top_k', 40),
]
