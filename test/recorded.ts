import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Real traffic of vendors, which lies beside this repository (`../shared`): read where it lies, never copied. Tests take their
 * files from here, and `recorded.test.ts` sees to it that each file there is played, or that it is said why not.
 */

const SHARED = join(import.meta.dir, '../../shared')

/** Recordings that are alike, and who plays them. */
export interface Played {
  folder: string
  file: RegExp
  /** The tests that play them, below `test/`. */
  by: readonly string[]
  /** Why none of those plays them through the gateway. */
  notThroughGateway?: string
}

const ANTHROPIC = ['vendors/anthropic/recordings.test.ts']
/** Through the gateway to OpenAI's client: what is sent, what is said, what is billed. */
const DIALECTS = 'gateway/dialect-recordings.test.ts'
const FAMILY = 'gateway/family-recordings.test.ts'
const BYTE_BY_BYTE = [FAMILY, 'vendors/compatible/recordings.test.ts']
const ENDPOINTS = ['gateway/recorded-endpoints.test.ts']
const FAMILY_FOLDERS = 'azure|deepseek|groq|huggingface|kimi|mistral|openrouter|perplexity|together|xai|zai'

/** Sets of recordings, by a name of ours. */
export const PLAYED = {
  'chats of OpenAI': {
    folder: 'recordings/openai',
    file: /^chat-(?!stream-tools-small).*\.res\.(?:sse|json)$/,
    by: [FAMILY, 'vendors.test.ts'],
  },
  // Under OpenAI's name, but not its answer.
  'a chat of OpenRouter': {
    folder: 'recordings/openai',
    file: /^chat-stream-tools-small\.res\.sse$/,
    by: BYTE_BY_BYTE,
  },
  'messages of Anthropic': {
    folder: 'recordings/anthropic',
    file: /^msg-.*\.res\.(?:sse|json)$/,
    by: [DIALECTS, 'gateway/anthropic-recordings.test.ts', ...ANTHROPIC],
  },
  'payloads of Anthropic': {
    folder: 'fixtures',
    file: /^anthropic--.*\.(?:chunks\.txt|json)$/,
    by: [DIALECTS, ...ANTHROPIC],
  },
  'chats of the family': {
    folder: `recordings/(?:${FAMILY_FOLDERS})`,
    file: /^(?!err-|.*stt).*\.res\.(?:sse|json)$/,
    by: BYTE_BY_BYTE,
  },
  'payloads of the family': {
    folder: 'fixtures',
    file: /^(?:(?:azure|deepseek|groq|mistral|moonshotai|openai-compatible|xai)--(?!azure-(?:text|tool))|openai--azure-model-router).*\.(?:chunks\.txt|json)$/,
    by: BYTE_BY_BYTE,
  },
  'payloads of Alibaba': {
    folder: 'recordings/vercel-chunks',
    file: /^alibaba-qwen\.alibaba-.*\.chunks\.txt$/,
    by: BYTE_BY_BYTE,
  },
  'payloads of OpenAI': {
    folder: 'fixtures',
    file: /^openai--openai-text\.(?:chunks\.txt|json)$/,
    by: [FAMILY, 'vendors.test.ts'],
  },
  'streams of Gemini': {
    folder: 'recordings/gemini',
    file: /^gen-stream.*\.res\.sse$/,
    by: [DIALECTS, 'vendors/gemini/recordings.test.ts'],
  },
  'answers of Gemini': {
    folder: 'recordings/gemini',
    file: /^gen-unary.*\.res\.json$/,
    by: [DIALECTS, 'vendors/gemini/recordings.test.ts'],
  },
  'payloads of Gemini': {
    folder: 'fixtures',
    file: /^google--.*\.(?:chunks\.txt|json)$/,
    by: [DIALECTS, 'vendors/gemini/recordings.test.ts'],
  },
  'calls at Vertex': {
    folder: 'recordings/vertex',
    file: /^vertex-.*\.res\.(?:sse|json)$/,
    by: ['gateway/vertex-recordings.test.ts', 'vendors/vertex/vertex.test.ts'],
  },
  'streams of Bedrock': {
    folder: 'recordings/bedrock',
    file: /^br-conv-stream.*\.res\.eventstream$/,
    by: [DIALECTS, 'vendors/bedrock/stream.test.ts'],
  },
  'answers of Bedrock': {
    folder: 'recordings/bedrock',
    file: /^br-converse.*\.res\.json$/,
    by: [DIALECTS, 'vendors/bedrock/stream.test.ts'],
  },
  'payloads of Bedrock': {
    folder: 'fixtures',
    file: /^amazon-bedrock--.*\.(?:chunks\.txt|json)$/,
    by: [DIALECTS, 'vendors/bedrock/stream.test.ts'],
  },
  'frames of Bedrock': {
    folder: '(?:fixtures|recordings/bedrock)',
    file: /\.(?:bin|eventstream)$/,
    by: [DIALECTS, 'vendors/bedrock/event-stream.test.ts'],
  },
  'streams of Cohere': {
    folder: 'recordings/cohere',
    file: /\.res\.sse$/,
    by: [DIALECTS, 'vendors/cohere/stream.test.ts'],
  },
  'payloads of Cohere': {
    folder: 'fixtures',
    file: /^cohere--.*\.(?:chunks\.txt|json)$/,
    by: [DIALECTS, 'vendors/cohere/stream.test.ts'],
  },
  'responses of OpenAI': {
    folder: 'recordings/openai',
    file: /^resp-.*\.res\.(?:sse|json)$/,
    by: [DIALECTS, 'vendors/openai-responses/answer.test.ts'],
  },
  'payloads of Responses': {
    folder: '(?:fixtures|recordings/vercel-chunks)',
    file: /^(?:azure--azure-(?:text|tool-call)|openai\.openai-error).*\.(?:chunks\.txt|1\.json)$/,
    by: [DIALECTS, 'vendors/openai-responses/answer.test.ts'],
  },
  'a spoken stream': {
    folder: 'recordings/openai',
    file: /^stt-stream-diarized\.res\.sse$/,
    by: ['gateway/transcription-stream.test.ts'],
  },
  'a priced completion': {
    folder: 'recordings/openai',
    file: /^legacy-completion-stream-usage\.res\.sse$/,
    by: ['gateway/completions.test.ts'],
  },
  'other endpoints': {
    folder: 'recordings/(?:openai|mistral|anthropic)',
    file: /^(?:emb|legacy-completion(?!-stream-usage)|stt-tokens|translation|tts|moderation|mi-stt|count-tokens).*\.res\.\w+$/,
    by: ENDPOINTS,
  },
  'a transcript of Mistral': {
    folder: 'recordings/vercel-chunks',
    file: /^mistral\.mistral-transcription\.json$/,
    by: ENDPOINTS,
  },
  refusals: {
    folder: 'recordings/(?!openai-validation)[^/]+',
    file: /^(?:err-.*\.res\.\w+|openai\.openai-error\.1\.json)$/,
    by: ['gateway/recorded-errors.test.ts'],
  },
  'payloads of refusals': {
    folder: 'fixtures',
    file: /^openai--reasoning-model-legacy-parameter-error\.json$/,
    by: ['gateway/recorded-errors.test.ts'],
  },
  'what OpenAI says to chats': {
    folder: 'recordings/openai-validation',
    file: /^completions\..*\.jsonl$/,
    by: ['gateway/oracle-recordings.test.ts', 'wire/read-chat-faults.test.ts'],
  },
  'what OpenAI says to embeddings': {
    folder: 'recordings/openai-validation',
    file: /^embeddings\..*\.jsonl$/,
    by: ['wire/embedding-request.test.ts'],
    notThroughGateway: 'who recorded it left the vectors out',
  },
} as const satisfies Record<string, Played>

export type RecordedSet = keyof typeof PLAYED

/** What lies there and is not played. */
export const NOT_PLAYED: readonly { path: RegExp; because: string }[] = [
  { path: /\/openai\/models-retrieve\./, because: '`GET /v1/models/{id}` tells our own catalog' },
  {
    path: /\/openai\/(?:batch-create|file-upload-batch)\./,
    because: 'there are no routes for batches and files',
  },
  { path: /\/xai\/xai-stt\./, because: 'xAI hears at a path of its own, which is not called' },
  {
    path: /\/groq\.groq-transcription-text\.json$/,
    because: 'a transcript as bare text, which is never asked for: it is asked for as JSON and written here',
  },
]

/** The files of a set, from `../shared` on; none where that is absent. */
export function recorded(set: RecordedSet): string[] {
  const { folder, file } = PLAYED[set]
  const path = new RegExp(`^${folder}/[^/]+$`)
  return allRecorded().filter(each => path.test(each) && file.test(each.slice(each.lastIndexOf('/') + 1)))
}

/** Whatever lies there besides notes and tables; none where it is absent. */
export function allRecorded(): string[] {
  return ['fixtures', 'recordings']
    .flatMap(folder => {
      const path = join(SHARED, folder)
      if (!existsSync(path)) return []
      const files = readdirSync(path, { recursive: true }).map(String)
      return files.filter(file => /\.(?!md|tsv)\w+$/.test(file)).map(file => `${folder}/${file}`)
    })
    .toSorted()
}

/** A file of theirs. */
export function readRecorded(path: string): Buffer {
  return readFileSync(join(SHARED, path))
}

/** Its parsed JSON. */
export function jsonRecorded<Value>(path: string): Value {
  return JSON.parse(readRecorded(path).toString()) as Value
}

/** For `test.each`, which takes no empty list. */
export const orNone = <Each>(list: readonly Each[]) =>
  list.length > 0 ? list : (['none: ../shared is absent'] as unknown as readonly Each[])
