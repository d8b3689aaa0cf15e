import type { Bill, Step } from './step'

export interface EmbeddingsOptions {
  /** How the vendor writes them, whatever was asked. Default: base64. */
  as?: 'float' | 'base64'
  vectors?: number[][]
  model?: string
  /** Null: the vendor tells no usage (and bills all the same). Default: 12 in. */
  usage?: object | null
  bill?: Partial<Bill>
}

/** Exact in 32 bits, so that what comes back can be compared. */
const VECTORS = [
  [0.5, -0.25, 0.125],
  [1, 0, -1.5],
]

/** The steps of a conforming answer with embeddings. */
export function embeddings(options: EmbeddingsOptions = {}): Step[] {
  const { as = 'base64', vectors = VECTORS, model = 'scripted-2026-01' } = options
  const { usage = { prompt_tokens: 12, total_tokens: 12 }, bill = { inputTokens: 12, outputTokens: 0 } } =
    options
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: as === 'float' ? vector : base64Of(vector),
  }))
  const body = { object: 'list', data, model, ...(usage && { usage }) }
  return [
    { status: 200, headers: { 'content-type': 'application/json' }, framing: 'length' },
    { text: JSON.stringify(body), bill },
  ]
}

/** Little-endian 32-bit floats. */
export function base64Of(vector: number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64')
}
