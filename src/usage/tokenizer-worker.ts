import type { SampledAudio } from '../wire/audio-sample'
import { type CallTokens, countCall } from './count-call'

declare const self: Worker

/** One call to count: its request, and the texts of the answer that were seen. */
export interface CountJob {
  request: Uint8Array
  texts: string[]
}

/** One recording whose length is to be found. */
export interface HearJob {
  audio: SampledAudio
}

/** Undefined: it cannot be told. */
export interface Counted {
  result: CallTokens | number | undefined
}

self.onmessage = async ({ data }: MessageEvent<CountJob | HearJob>) => {
  self.postMessage({ result: await work(data) } satisfies Counted)
}

async function work(job: CountJob | HearJob): Promise<Counted['result']> {
  try {
    if ('request' in job) return countCall(job.request, job.texts)
    const { audioSeconds } = await import('./audio-seconds')
    return await audioSeconds(job.audio)
  } catch {
    // What a parser refuses, by its depth for one, is no reason to lose the thread.
    return undefined
  }
}
