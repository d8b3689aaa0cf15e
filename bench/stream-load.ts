import { start } from './child.ts'
import type { ClientOrder } from './client/order.ts'
import { lines } from './lines.ts'
import type { Bench } from './scenario.ts'
import type { Target } from './target.ts'

/** The shape of a load of streams. */
export type StreamLoad = Pick<ClientOrder, 'mode' | 'streams' | 'paceMs' | 'chunks'> & {
  waitMs?: number
  seconds?: number
  /** between two callers' leaving */
  betweenMs?: number
}

const EXTRA_LIMIT_MS = 60_000

/**
 * Runs the stream client against a target. `at` is called, and awaited, for each word that it says (`window`, `end`,
 * `open`); after `open` it is let go when `at` is done. Gives back its last line, parsed.
 */
export async function loadStreams<Report>(
  bench: Bench,
  target: Target,
  load: StreamLoad,
  at: (word: string) => Promise<void> | void = () => {},
): Promise<Report> {
  const url = new URL(`${target.streamUrl}/chat/completions`)
  const { hostname, port, pathname: path } = url
  const { key, model } = target
  const order: ClientOrder = {
    waitMs: 0,
    seconds: 0,
    ...load,
    hostname,
    port: Number(port),
    path,
    key,
    model,
  }
  const command = ['bun', `${import.meta.dir}/stream-client.ts`, JSON.stringify(order)]
  const child = start(command, { pin: bench.cores.load, input: 'pipe' })
  const lifeMs = load.mode === 'rolling' ? 2 * load.chunks * load.paceMs : 0
  const timer = setTimeout(() => child.kill('SIGKILL'), lifeMs + order.seconds * 1000 + EXTRA_LIMIT_MS)
  let last = ''
  for await (const line of lines(child.stdout)) {
    last = line
    if (line.startsWith('{')) continue
    await at(line)
    if (line === 'open' && typeof child.stdin === 'object') await child.stdin.end()
  }
  clearTimeout(timer)
  if ((await child.exited) !== 0 || !last.startsWith('{'))
    throw new Error(`${target.name}: the stream client failed`)
  return JSON.parse(last) as Report
}
