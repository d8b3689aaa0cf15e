/** How the body is delimited. `none`: the head is sent as written and nothing is added to the body's bytes. */
export type Framing = 'chunked' | 'length' | 'close' | 'none'

/** What a piece of the answer adds to the vendor's own bill, at the moment at which it is sent. */
export interface Billed {
  /** Output tokens that these bytes carry. */
  tokens?: number
  /** Figures that the vendor bills from now on; `outputTokens` absent: the tokens that were sent. */
  bill?: Partial<Bill>
}

export interface Bill {
  inputTokens: number
  cachedInputTokens: number
  cacheWriteTokens: number
  outputTokens: number
  reasoningTokens: number
  /** What is billed by another measure than tokens, or by tokens of another price; absent where it is not. */
  audioInputTokens?: number
  audioSeconds?: number
  characters?: number
  images?: number
}

export interface Head {
  /** Below 200 an interim response: no framing, no `x-request-id`, another head may follow. */
  status: number
  reason?: string
  version?: string
  /** Pairs keep their order and may repeat a name. */
  headers?: Record<string, string> | [name: string, value: string][]
  /** Default: `chunked`; `none` where `headers` hold a content-length or another transfer-encoding. */
  framing?: Framing
  /** Without the `x-request-id` that is otherwise added. */
  bare?: boolean
}

/** Body bytes: each such step is one write, and one HTTP chunk where the framing is chunked. */
export type Body = ({ text: string } | { bytes: Uint8Array } | { chunk: string }) & Billed

/** One thing that the vendor does. Writes without a `wait` between them may reach the peer in one read. */
export type Step =
  | Head
  | Body
  /** Bytes that go out as they are, whatever the framing: malformed chunk sizes, a whole answer, garbage. */
  | { raw: string | Uint8Array }
  /** Cuts the next body or raw step at these byte offsets into writes of their own, `gapMs` (2) apart. */
  | { split: number[] | 'every'; gapMs?: number }
  | { wait: number }
  /** Silence until the tests open it by its name, or the peer leaves. */
  | { gate: string }
  | { repeat: number; steps: Step[] }
  /** The body's proper end; what comes after it is unasked for. Implied after the last step. */
  | { end: true }
  /** FIN, now: a truncation, unless the framing is `close`. */
  | { close: true }
  /** RST, now. A `wait` before it lets the peer read what was sent. */
  | { reset: true }
  /** Silence until the peer leaves. */
  | { stall: true }

/** A step as it travels in JSON: bytes in base64. */
export function encodeSteps(steps: Step[]): unknown[] {
  return steps.map(step => {
    if ('bytes' in step) return { ...step, bytes: undefined, base64: base64(step.bytes) }
    if ('raw' in step && typeof step.raw !== 'string') return { rawBase64: base64(step.raw) }
    if ('repeat' in step) return { ...step, steps: encodeSteps(step.steps) }
    return step
  })
}

export function decodeSteps(steps: unknown[]): Step[] {
  return (steps as Record<string, unknown>[]).map(step => {
    if (typeof step.base64 === 'string') return { ...step, bytes: Buffer.from(step.base64, 'base64') } as Step
    if (typeof step.rawBase64 === 'string') return { raw: Buffer.from(step.rawBase64, 'base64') }
    if (Array.isArray(step.steps)) return { ...step, steps: decodeSteps(step.steps) } as Step
    return step as unknown as Step
  })
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** The bytes of a body step; undefined for any other. `chunk` stands for an SSE event: its blank line is added. */
export function bytesOf(step: Step): Buffer | undefined {
  if ('text' in step) return Buffer.from(step.text)
  if ('bytes' in step) return Buffer.from(step.bytes)
  if ('chunk' in step) return Buffer.from(`${step.chunk}\n\n`)
  return undefined
}

/** The body that a client must have read when the script has run to its end. */
export function bodyOf(steps: Step[]): Buffer {
  return Buffer.concat(
    steps.map(step => {
      if (!('repeat' in step)) return bytesOf(step) ?? Buffer.alloc(0)
      return Buffer.concat(Array(step.repeat).fill(bodyOf(step.steps)))
    }),
  )
}
