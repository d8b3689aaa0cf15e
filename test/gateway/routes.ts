import type { Scope } from '../../src/auth/scope'
import type { Model } from '../../src/catalog/model'
import { priceOf } from '../catalog/price-of'
import { chat } from '../vendor/chat'
import { embeddings } from '../vendor/embeddings'
import { speech } from '../vendor/speech'
import type { Step } from '../vendor/step'
import { spokenStream, TOKENS, transcript } from '../vendor/transcript'
import { ask, form } from './spoken'

/** A billable route, as a test asks it and as a vendor answers it. */
export interface Route {
  /** Below `/v1/`. */
  path: string
  /** What the public interface says that its key needs. */
  scope: Scope
  /** Where the vendor is asked. */
  vendorPath: string
  body: object
  /** Names a model, and lacks the rest. */
  lacking: object
  answer: Step[]
  /** Absent where nothing streams. */
  stream?: Stream
}

interface Stream {
  body: object
  steps: Step[]
  /** So many of the steps are enough for the caller to have something. */
  begun: number
}

/** What a model is that is served and priced at every one of these routes. */
export const EVERYWHERE: Partial<Model> = {
  endpoints: [
    'chat.completions',
    'completions',
    'embeddings',
    'audio.transcriptions',
    'audio.translations',
    'audio.speech',
    'images.generations',
    'moderations',
  ],
  price: priceOf({ input: '1', output: '2', character: '15', image: '0.04' }),
  contextWindow: null,
}

const MODEL = { model: 'm' }
const CHAT = { ...MODEL, messages: [{ role: 'user', content: 'Hi' }] }
const MESSAGES = { ...CHAT, max_tokens: 100 }
const PROMPT = { ...MODEL, prompt: 'hello world' }
const SPEECH = { ...MODEL, input: 'Hello', voice: 'alloy' }

const json = (body: object): Step[] => [
  { status: 200, headers: { 'content-type': 'application/json' } },
  { text: JSON.stringify(body) },
]
const SSE: Step = { status: 200, headers: { 'content-type': 'text/event-stream' } }
const event = (data: object): Step => ({ chunk: `data: ${JSON.stringify(data)}` })

const COMPLETION = { id: 'cmpl-1', object: 'text_completion', created: 1_780_000_000, model: 'instruct-2026' }
const said = (text: string, finish: string | null = null) => ({
  ...COMPLETION,
  choices: [{ text, index: 0, logprobs: null, finish_reason: finish }],
})
const COMPLETED = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 }
const PICTURE = { b64_json: Buffer.from('a picture').toString('base64') }
const DRAWN = { input_tokens: 13, output_tokens: 1056, total_tokens: 1069 }

export const ROUTES: readonly Route[] = [
  {
    path: 'chat/completions',
    scope: 'llm',
    vendorPath: '/v1/chat/completions',
    body: CHAT,
    lacking: MODEL,
    answer: chat({ stream: false }),
    stream: { body: { ...CHAT, stream: true }, steps: chat(), begun: 3 },
  },
  {
    path: 'completions',
    scope: 'llm',
    vendorPath: '/v1/completions',
    body: PROMPT,
    lacking: MODEL,
    answer: json({ ...said(' upon a time', 'stop'), usage: COMPLETED }),
    stream: {
      body: { ...PROMPT, stream: true },
      steps: [
        SSE,
        event(said(' upon')),
        event(said(' a time', 'stop')),
        event({ ...COMPLETION, choices: [], usage: COMPLETED }),
        { chunk: 'data: [DONE]' },
      ],
      begun: 2,
    },
  },
  {
    path: 'messages',
    scope: 'llm',
    vendorPath: '/v1/chat/completions',
    body: MESSAGES,
    lacking: MODEL,
    answer: chat({ stream: false }),
    stream: { body: { ...MESSAGES, stream: true }, steps: chat(), begun: 3 },
  },
  {
    path: 'embeddings',
    scope: 'embeddings',
    vendorPath: '/v1/embeddings',
    body: { ...MODEL, input: 'Hi' },
    lacking: MODEL,
    answer: embeddings(),
  },
  {
    path: 'audio/transcriptions',
    scope: 'stt',
    vendorPath: '/v1/audio/transcriptions',
    body: ask('model first'),
    lacking: form([['model', 'm']]),
    answer: transcript({ usage: TOKENS }),
    stream: { body: ask('model first', { stream: 'true' }), steps: spokenStream(), begun: 2 },
  },
  {
    path: 'audio/translations',
    scope: 'stt',
    vendorPath: '/v1/audio/translations',
    body: ask('file first'),
    lacking: form([['model', 'm']]),
    answer: transcript({ usage: TOKENS }),
  },
  {
    path: 'audio/speech',
    scope: 'tts',
    vendorPath: '/v1/audio/speech',
    body: SPEECH,
    lacking: MODEL,
    answer: speech(),
    stream: { body: SPEECH, steps: speech(), begun: 2 },
  },
  {
    path: 'images/generations',
    scope: 'images',
    vendorPath: '/v1/images/generations',
    body: PROMPT,
    lacking: MODEL,
    answer: json({ created: 1_780_000_000, data: [PICTURE], usage: DRAWN }),
    stream: {
      body: { ...PROMPT, stream: true, partial_images: 1 },
      steps: [
        SSE,
        event({ type: 'image_generation.partial_image', partial_image_index: 0, ...PICTURE }),
        event({ type: 'image_generation.completed', ...PICTURE, usage: DRAWN }),
      ],
      begun: 2,
    },
  },
  {
    path: 'moderations',
    scope: 'moderations',
    vendorPath: '/v1/moderations',
    body: { ...MODEL, input: 'Hi' },
    lacking: MODEL,
    answer: json({
      id: 'modr-1',
      model: 'omni-2024',
      results: [{ flagged: false, categories: {}, category_scores: {} }],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    }),
  },
]

/** What the vendor's script for a route is called: by the model, which it does not look for in a form. */
export function scriptOf({ body, vendorPath }: Route): string {
  return body instanceof FormData ? vendorPath : 'm-2026-01'
}

/** POST to a route with this key; a form is sent as one. */
export function postTo(
  { url }: { url: string },
  path: string,
  key: string,
  body: object,
  init: RequestInit = {},
): Promise<Response> {
  const isForm = body instanceof FormData
  return fetch(`${url}/v1/${path}`, {
    method: 'POST',
    body: isForm ? body : JSON.stringify(body),
    ...init,
    headers: {
      authorization: `Bearer ${key}`,
      ...(!isForm && { 'content-type': 'application/json' }),
      ...init.headers,
    },
  })
}
