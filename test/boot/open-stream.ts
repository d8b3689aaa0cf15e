import { chat } from './chat'
import type { ServingGateway } from './start-process'

/** An answer of a minute that has begun. */
export async function openStream(gateway: ServingGateway, key: string) {
  const response = await chat(gateway, 'demo:tokens=3000 demo:pace=20ms', { key, stream: true })
  if (response.status !== 200) throw new Error(`the stream was refused: ${response.status}`)
  const reader = response.body!.getReader()
  if ((await reader.read()).done) throw new Error('the stream ended before it began')
  return {
    requestId: response.headers.get('x-callmissed-request-id') ?? '',
    /** What it says until it ends, and when that was. */
    async end(): Promise<{ text: string; endedAt: number }> {
      let text = ''
      const decoder = new TextDecoder()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return { text, endedAt: performance.now() }
        text += decoder.decode(value, { stream: true })
      }
    },
  }
}
