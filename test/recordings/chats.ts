import type { Json } from './json'

interface Dialect {
  /** The chat of OpenAI's that a recorded request stands for, `model` being the vendor's. */
  chatOf(request: Json, url: string): Json
  /** The request that we make of it, where we say the same otherwise. */
  otherwise?(request: Json): Json
}

const modelIn = (url: string) => decodeURIComponent(/\/models?\/([^/:?]+(?::\d+)?)/.exec(url)?.[1] ?? '')

/** One text alone is a text. */
const plain = (message: Json): Json => {
  const [part, ...others] = Array.isArray(message.content) ? message.content : []
  return part?.type === 'text' && others.length === 0 ? { ...message, content: part.text } : message
}

/** A stream’s usage is always asked for, one answer and no stream are what is so anyway. */
function usual({ n: _, stream, stream_options: __, ...rest }: Json): Json {
  const options = stream ? { stream, stream_options: { include_usage: true } } : {}
  return { ...rest, messages: rest.messages.map(plain), ...options }
}

/** As it was asked for, but a stream’s usage. */
const openai: Dialect = {
  chatOf: request => request,
  otherwise: request =>
    request.stream
      ? { ...request, stream_options: { ...request.stream_options, include_usage: true } }
      : request,
}

const family: Dialect = { chatOf: request => request, otherwise: usual }

/** These tell their usage unasked. */
const unasked: Dialect = {
  ...family,
  otherwise: request => {
    const { stream_options: _, ...rest } = usual(request)
    return rest
  },
}

const lower = (schema: Json): Json =>
  Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'type' && typeof value === 'string') return [key, value.toLowerCase()]
      return [key, typeof value === 'object' && !Array.isArray(value) ? lower(value) : value]
    }),
  )

const functionOf = ({ name, description, parameters, strict }: Json, schema = parameters) => ({
  type: 'function',
  function: { name, description, parameters: schema, ...(strict !== undefined && { strict }) },
})

function geminiMessages({ systemInstruction, contents }: Json): Json[] {
  const system = systemInstruction ? [{ role: 'system', content: systemInstruction.parts[0].text }] : []
  return [...system, ...contents.flatMap(geminiTurn)]
}

function geminiTurn({ role, parts }: Json): Json[] {
  const [first] = parts
  if (first.functionResponse)
    return [
      { role: 'tool', tool_call_id: 'call_1', content: JSON.stringify(first.functionResponse.response) },
    ]
  if (first.functionCall) {
    const { name, args } = first.functionCall
    const extra_content = { google: { thought_signature: first.thoughtSignature } }
    const call = {
      id: 'call_1',
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
      extra_content,
    }
    return [{ role: 'assistant', content: null, tool_calls: [call] }]
  }
  return [{ role: role === 'model' ? 'assistant' : 'user', content: parts.map(geminiPart) }]
}

function geminiPart({ text, inlineData }: Json): Json {
  if (text !== undefined) return { type: 'text', text }
  const { mimeType, data } = inlineData
  if (mimeType.startsWith('audio/'))
    return { type: 'input_audio', input_audio: { data, format: mimeType.slice('audio/'.length) } }
  return { type: 'image_url', image_url: { url: `data:${mimeType};base64,${data}` } }
}

const gemini: Dialect = {
  chatOf: (request, url) => ({
    model: modelIn(url),
    messages: geminiMessages(request),
    max_tokens: request.generationConfig?.maxOutputTokens,
    stream: url.includes(':stream'),
    tools: request.tools?.[0].functionDeclarations.map((tool: Json) =>
      functionOf(tool, lower(tool.parameters)),
    ),
    ...(request.toolConfig && { tool_choice: 'auto' }),
  }),
  otherwise: ({ systemInstruction, generationConfig = {}, tools, contents, ...rest }) => ({
    ...rest,
    generationConfig,
    contents: contents.map(({ role, parts }: Json) => ({ role, parts: parts.map(asResult) })),
    ...(systemInstruction && { systemInstruction: { parts: systemInstruction.parts } }),
    // JSON Schema has a member of its own by now.
    ...(tools && { tools: [{ functionDeclarations: tools[0].functionDeclarations.map(asJsonSchema) }] }),
  }),
}

/** Calls have ids, and a result is the member `output` of what is answered. */
const asResult = (part: Json): Json => {
  const { functionCall: call, functionResponse: result, ...rest } = part
  if (call) return { ...rest, functionCall: { id: 'call_1', ...call } }
  return result
    ? { functionResponse: { ...result, id: 'call_1', response: { output: result.response } } }
    : part
}

const asJsonSchema = ({ parameters, ...rest }: Json): Json => ({
  ...rest,
  parametersJsonSchema: lower(parameters),
})

const bedrock: Dialect = {
  chatOf: ({ messages, inferenceConfig, toolConfig }, url) => ({
    model: modelIn(url),
    messages: messages.map(({ role, content }: Json) => ({ role, content: content[0].text })),
    max_tokens: inferenceConfig.maxTokens,
    temperature: inferenceConfig.temperature,
    top_p: inferenceConfig.topP,
    stop: inferenceConfig.stopSequences,
    stream: url.endsWith('converse-stream'),
    tools: toolConfig?.tools.map(({ toolSpec }: Json) => functionOf(toolSpec, toolSpec.inputSchema.json)),
  }),
}

const cohere: Dialect = {
  chatOf: request => ({ ...request, messages: request.messages.map(plain) }),
  otherwise: request => ({
    ...request,
    // Beside a call stands a plan, and here there is none.
    messages: request.messages
      .map(plain)
      .map(({ content, ...rest }: Json) => (rest.tool_calls ? rest : { ...rest, content })),
  }),
}

const claudeAtVertex: Dialect = {
  chatOf: ({ system, messages, max_tokens, tools }, url) => ({
    model: modelIn(url),
    messages: [{ role: 'system', content: system }, ...messages],
    max_tokens,
    tools: tools.map((tool: Json) => functionOf(tool, tool.input_schema)),
    tool_choice: 'auto',
  }),
  // What is so anyway.
  otherwise: ({ tool_choice: { type }, ...rest }) => ({ ...rest, tool_choice: { type } }),
}

const vertex: Dialect = {
  chatOf: (request, url) => (url.includes('/anthropic/') ? claudeAtVertex : gemini).chatOf(request, url),
  otherwise: request => ('anthropic_version' in request ? claudeAtVertex : gemini).otherwise!(request),
}

const responses: Dialect = {
  chatOf: ({ input, instructions, max_output_tokens, tools, include: _, store: __, ...rest }) => ({
    ...rest,
    messages: [
      ...(instructions ? [{ role: 'system', content: instructions }] : []),
      ...(typeof input === 'string' ? [{ role: 'user', content: input }] : input).map(
        ({ role, content }: Json) => ({
          role,
          content:
            typeof content === 'string' ? content : content.map(({ text }: Json) => ({ type: 'text', text })),
        }),
      ),
    ],
    max_tokens: max_output_tokens,
    tools: tools?.map((tool: Json) => functionOf(tool)),
  }),
  otherwise: ({ input, instructions, include: _, ...rest }) => ({
    ...rest,
    store: false,
    input: [
      ...(instructions ? [{ role: 'system', content: instructions }] : []),
      ...(typeof input === 'string' ? [{ role: 'user', content: input }] : input),
    ].map(asParts),
  }),
}

const asParts = ({ role, content }: Json): Json => ({
  role,
  content: typeof content === 'string' ? [{ type: 'input_text', text: content }] : content,
})

/** How each vendor's recorded requests are told as chats; whoever is not here is one of OpenAI's family. */
export const DIALECTS: Record<string, Dialect> = {
  family,
  openai,
  mistral: unasked,
  perplexity: unasked,
  openrouter: {
    ...family,
    otherwise: request => ({
      ...usual(request),
      provider: {
        require_parameters: true,
        // The tests' price, and a hair above it.
        max_price: {
          prompt: '2.500000001',
          completion: '10.000000001',
          request: '0.000000001',
        },
      },
    }),
  },
  zai: {
    ...family,
    otherwise: request => ({
      ...usual(request),
      tools: request.tools.map(({ type, function: { strict: _, ...rest } }: Json) => ({
        type,
        function: rest,
      })),
    }),
  },
  gemini,
  vertex,
  bedrock,
  cohere,
  'openai-responses': responses,
}
