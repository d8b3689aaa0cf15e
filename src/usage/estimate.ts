import type { Media } from '../wire/chat-request'

/** English text in any vendor's tokens, roughly. */
const BYTES_PER_TOKEN = 4
/** What OpenAI counts for a picture of 1024 × 1024. */
const TOKENS_PER_IMAGE = 765
/** Ten tokens a second, of base64 at 128 kbit/s. */
const AUDIO_BYTES_PER_TOKEN = 2_133
/** A page of a PDF is some 100 KB of base64 and 1,500 tokens. */
const FILE_BYTES_PER_TOKEN = 64

/** A guess at a text by its size, for a call that ended without the vendor's figures. Never the vendor's word: `usage_source` says so. */
export function estimateText(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

/** A guess at an output by how many events of the first one's size its bytes would make; 0 without one. */
export function estimateOutput(answerBytes: number, contentEventBytes: number): number {
  return contentEventBytes > 0 ? Math.max(1, Math.round(answerBytes / contentEventBytes)) : 0
}

/**
 * A guess at an answer that cannot be counted: by its events, as above, where it came in such; by the size of its texts
 * where it came whole.
 */
export function estimateAnswer(
  { bytes, contentEventBytes }: { bytes: number; contentEventBytes: number },
  texts: readonly string[],
): number {
  if (contentEventBytes > 0) return estimateOutput(bytes, contentEventBytes)
  const textBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  return estimateText(textBytes)
}

/** A guess at what a prompt's images, audio and files are in tokens; 0 for a prompt of text alone. */
export function estimateMedia(images: number, { audioBytes, fileBytes }: Media): number {
  return (
    images * TOKENS_PER_IMAGE +
    Math.ceil(audioBytes / AUDIO_BYTES_PER_TOKEN) +
    Math.ceil(fileBytes / FILE_BYTES_PER_TOKEN)
  )
}

/** A guess at a whole prompt: its text by its size, which pictures in base64 would make a hundred times too much. */
export function estimatePrompt(bodyBytes: number, images: number, media: Media): number {
  const textBytes = bodyBytes - media.imageBytes - media.audioBytes - media.fileBytes
  return estimateText(textBytes) + estimateMedia(images, media)
}
