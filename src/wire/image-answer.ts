import type { UnaryAnswer } from './chat-answer'
import { readJsonAnswer } from './json-answer'

/** A vendor's pictures. */
export interface ImageAnswer extends UnaryAnswer {
  images: number
}

/** Reads a vendor's pictures; undefined for bytes that are none. They are counted, never decoded. */
export function readImageAnswer(bytes: Uint8Array): ImageAnswer | undefined {
  let images = 0
  const answer = readJsonAnswer(bytes, 'data', reader => {
    images = reader.array(() => reader.skip())
  })
  return answer && { ...answer, images }
}
