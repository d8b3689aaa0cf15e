import { countCall } from './count-call'

declare const self: Worker

/** One call to count; the answer carries the same number. */
export interface CountJob {
  id: number
  request: Uint8Array
  /** The texts of the answer that were seen. */
  texts: string[]
}

self.onmessage = ({ data }: MessageEvent<CountJob>) => {
  self.postMessage({ id: data.id, tokens: countCall(data.request, data.texts) })
}
