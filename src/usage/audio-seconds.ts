import { parseBlob } from 'music-metadata'
import type { SampledAudio } from '../wire/audio-sample'

/** Longer than this no upload can be. */
const MOST_SECONDS = 1_000_000

/** How long a recording is, by its own head; undefined where that does not say, or what it says cannot be. */
export async function audioSeconds(audio: SampledAudio): Promise<number | undefined> {
  const { format } = await parseBlob(blobOf(audio), { duration: false, skipCovers: true })
  const { duration } = format
  return duration !== undefined && duration > 0 && duration <= MOST_SECONDS ? duration : undefined
}

/** A file of which only the beginning and the end can be read. */
function blobOf({ head, tail, size }: SampledAudio): Blob {
  const tailAt = size - tail.length
  const read = (start: number, end: number): Uint8Array => {
    if (end <= head.length) return head.subarray(start, end)
    if (start >= tailAt) return tail.subarray(start - tailAt, end - tailAt)
    if (tailAt > head.length) throw new Error('what lies between was not kept')
    return Buffer.concat([head.subarray(start), tail.subarray(0, end - tailAt)])
  }
  const slice = (start: number, end: number) => ({ arrayBuffer: async () => read(start, end).slice().buffer })
  return { size, type: '', slice } as unknown as Blob
}
