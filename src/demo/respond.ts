import type { Answer } from './answer'
import { countOutput } from './choice'
import { completionOf } from './completion'
import { sleep } from './sleep'
import { streamEvents } from './stream'

/** Sends an answer that is not streamed, after the time that its tokens take. Rejects when the caller has left. */
export async function respondWhole(answer: Answer, signal: AbortSignal): Promise<Response> {
  const { directives, choices, paceMs } = answer
  await sleep(directives.slowMs + directives.pauseMs + paceMs * Math.max(...choices.map(countOutput)), signal)
  return Response.json(completionOf(answer))
}

/** Streams an answer; `ended` is called once, when it is through or the caller has left. */
export function respondStreamed(answer: Answer, signal: AbortSignal, ended: () => void): Response {
  const leave = new AbortController()
  signal.addEventListener('abort', () => leave.abort(signal.reason), { once: true })
  const events = streamEvents(answer, ms => sleep(ms, leave.signal))
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await events.next()
        if (!done) return controller.enqueue(encoder.encode(value))
        controller.close()
      } catch (error) {
        // The only thing that throws is a pause that was cut short: nobody is there to be told.
        controller.error(error)
      }
      ended()
    },
    cancel(reason) {
      leave.abort(reason)
      ended()
    },
  })
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
  return new Response(body, { headers })
}
