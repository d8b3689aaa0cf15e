import type { Bill, Step } from './step'

export interface TranscriptOptions {
  text?: string
  /** What stands in the answer besides: `duration`, `segments`, `language`. */
  more?: object
  /** Null: the vendor tells no usage. */
  usage?: object | null
  bill?: Partial<Bill>
  firstMs?: number
}

/** The recording is billed by the second, or by its tokens. */
export const SECONDS = { type: 'duration', seconds: 4 }
export const TOKENS = {
  type: 'tokens',
  total_tokens: 46,
  input_tokens: 37,
  input_token_details: { text_tokens: 2, audio_tokens: 35 },
  output_tokens: 9,
}
export const TEXT = 'Zürich is fine.'

/** The steps of a conforming transcript. */
export function transcript(options: TranscriptOptions = {}): Step[] {
  const { text = TEXT, more = {}, usage = SECONDS, bill = { audioSeconds: 4 }, firstMs } = options
  const body = { text, ...more, ...(usage && { usage }) }
  return [
    ...(firstMs ? [{ wait: firstMs }] : []),
    { status: 200, headers: { 'content-type': 'application/json' }, framing: 'length' },
    { text: JSON.stringify(body), bill },
  ]
}

export interface SpokenStreamOptions {
  words?: string[]
  /** Null: the vendor tells no usage. */
  usage?: object | null
  bill?: Partial<Bill>
  /** Without its end from here on. */
  cut?: { after: number; how: Step }
  paceMs?: number
  done?: boolean
}

/** The steps of a conforming stream of a transcript. */
export function spokenStream(options: SpokenStreamOptions = {}): Step[] {
  const { words = ['Zürich ', 'is ', 'fine.'], usage = TOKENS, paceMs = 0, done = true } = options
  const { bill = { inputTokens: 37, audioInputTokens: 35, outputTokens: 9 } } = options
  const deltas = words.map((delta): Step => ({ chunk: dataOf({ type: 'transcript.text.delta', delta }) }))
  const paced = deltas.flatMap((step): Step[] => (paceMs ? [{ wait: paceMs }, step] : [step]))
  const head: Step = { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' } }
  if (options.cut) return [head, ...deltas.slice(0, options.cut.after), { wait: 20 }, options.cut.how]
  const end = { type: 'transcript.text.done', text: words.join(''), ...(usage && { usage }) }
  return [head, ...paced, { chunk: dataOf(end), bill }, ...(done ? [{ chunk: 'data: [DONE]' }] : [])]
}

const dataOf = (event: object) => `data: ${JSON.stringify(event)}`
