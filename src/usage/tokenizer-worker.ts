import { type CallTokens, countCall } from './count-call'

declare const self: Worker

/** One call to count. */
export interface CountJob {
  request: Uint8Array
  /** The texts of the answer that were seen. */
  texts: string[]
}

/** Undefined tokens: it cannot be counted. */
export interface Counted {
  tokens: CallTokens | undefined
}

self.onmessage = ({ data }: MessageEvent<CountJob>) => {
  self.postMessage({ tokens: count(data) } satisfies Counted)
}

function count({ request, texts }: CountJob): CallTokens | undefined {
  try {
    return countCall(request, texts)
  } catch {
    // What the parser refuses, by its depth for one, is no reason to lose the thread.
    return undefined
  }
}
