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
