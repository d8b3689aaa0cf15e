import type { Bill, Step } from './step'

export interface SpeechOptions {
  /** The sound, one write each. */
  pieces?: Buffer[]
  type?: string
  bill?: Partial<Bill>
  /** Instead of the end, after so many pieces. */
  cut?: { after: number; how: Step }
  paceMs?: number
}

/** Sound that no encoding could have left as it is. */
export const SOUND = [1, 2, 3].map(seed =>
  Buffer.from(Uint8Array.from({ length: 5000 }, (_, index) => (index * 31 + seed * 7) % 256)),
)

/** The steps of a conforming answer with sound. */
export function speech(options: SpeechOptions = {}): Step[] {
  const { pieces = SOUND, type = 'audio/mpeg', bill = {}, cut, paceMs = 10 } = options
  const steps = pieces.flatMap((bytes): Step[] => [{ bytes, bill }, { wait: paceMs }])
  const head: Step = { status: 200, headers: { 'content-type': type } }
  return cut ? [head, ...steps.slice(0, cut.after * 2), { wait: 30 }, cut.how] : [head, ...steps]
}

/** The steps of a conforming answer with sound in events. */
export function speechEvents(usage: object | null, bill: Partial<Bill> = {}): Step[] {
  const event = (data: object) => `data: ${JSON.stringify(data)}`
  return [
    { status: 200, headers: { 'content-type': 'text/event-stream' } },
    ...SOUND.map(
      (bytes): Step => ({ chunk: event({ type: 'speech.audio.delta', audio: bytes.toString('base64') }) }),
    ),
    { chunk: event({ type: 'speech.audio.done', ...(usage && { usage }) }), bill },
    { chunk: 'data: [DONE]' },
  ]
}
