import { connect } from 'node:net'

const STEP_MS = 25

/** Asks until the answer is yes; throws with `what` in the message when `limitMs` are over. */
export async function until(what: string, limitMs: number, ask: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + limitMs
  while (performance.now() < endMs) {
    if (await ask()) return
    await Bun.sleep(STEP_MS)
  }
  throw new Error(`${what}: not within ${limitMs / 1000} s`)
}

/** Does anything listen there? */
export const listens = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const port = listener.port
  listener.stop(true)
  return port
}
