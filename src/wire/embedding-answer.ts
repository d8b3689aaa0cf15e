import type { UnaryAnswer } from './chat-answer'
import { readJsonAnswer } from './json-answer'
import { JsonReader, type Span } from './json-reader'
import { splice } from './splice'

/** A vendor's embeddings. */
export interface EmbeddingAnswer extends UnaryAnswer {
  /** Where those stand that are written as arrays of numbers. */
  arrays: Span[]
}

/** Reads a vendor's embeddings; undefined for bytes that are none. No number is made of them. */
export function readEmbeddingAnswer(bytes: Uint8Array): EmbeddingAnswer | undefined {
  const arrays: Span[] = []
  const answer = readJsonAnswer(bytes, 'data', reader => {
    reader.array(() =>
      reader.object(key => {
        const isArray = key === 'embedding' && reader.kind() === 'array'
        const span = reader.skip()
        if (isArray) arrays.push(span)
      }),
    )
  })
  return answer && { ...answer, arrays }
}

/** The same answer with each array as base64 of little-endian 32-bit floats, which OpenAI's SDKs ask for and read. */
export function arraysAsBase64({ bytes, arrays }: EmbeddingAnswer): Uint8Array {
  const reader = new JsonReader(bytes)
  return splice(
    bytes,
    arrays.map(span => ({ ...span, text: `"${base64Of(reader.value(span))}"` })),
  )
}

function base64Of(numbers: unknown): string {
  const floats = Float32Array.from(numbers as number[])
  const bytes = Buffer.allocUnsafe(floats.length * 4)
  for (const [index, value] of floats.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
