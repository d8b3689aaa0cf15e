import { describe, expect, test } from 'bun:test'
import { Shutdown, type ShutdownDeps } from '../../src/boot/shutdown'
import type { GatewayError } from '../../src/errors'
import type { Call } from '../../src/gateway/call'
import { createLog } from '../../src/lib/log'
import { Roster } from '../../src/lib/roster'

/** A process that is being ended, on a clock that is moved by hand. Each thing that happens to it is noted. */
function setUp(change: Partial<ShutdownDeps> = {}) {
  const events: string[] = []
  const live = change.live ?? new Roster<Call>()
  let now = 0
  const limits = { canRecord: () => true, inFlight: 0, draining: false }
  const deps: ShutdownDeps = {
    clock: { now: () => now, date: () => now },
    log: createLog(
      'info',
      line => events.push(JSON.parse(line).message),
      true,
      () => 0,
    ),
    limits,
    live,
    isAnswering: () => false,
    graceMs: 30_000,
    hasPeers: false,
    stopListening: () => events.push(`stop listening, draining ${limits.draining}`),
    stopCounting: () => void events.push('stop counting'),
    flush: async () => {
      events.push('flush')
      return 'stored' as const
    },
    close: async () => void events.push('close'),
    ...change,
  }
  /** A call that ends when it is cut, or never. */
  const addCall = (name: string, endsWhenCut = true) => {
    const call = {
      cut(error: GatewayError) {
        events.push(`cut ${name}: ${error.code}`)
        if (endsWhenCut) live.delete(call, call.livePlace)
      },
    } as unknown as Call
    call.livePlace = live.add(call)
    return call
  }
  const shutdown = new Shutdown(deps)
  const advance = (ms: number) => {
    now += ms
  }
  const untilDeaf = async () => {
    while (!events.includes(DEAF)) await Bun.sleep(5)
  }
  return { shutdown, events, live, limits, addCall, advance, untilDeaf }
}

const DEAF = 'stop listening, draining true'

const aMoment = () => Bun.sleep(80)

describe('the end', () => {
  test('of an idle process: nothing new, flush, close, 0', async () => {
    const { shutdown, events } = setUp()
    expect(await shutdown.begin()).toBe(0)
    expect(events).toEqual(['shutting down', DEAF, 'stop counting', 'flush', 'close'])
  })

  test('of one that has peers: what still comes before it is deaf is served, on its last connection', async () => {
    const { shutdown, limits, untilDeaf } = setUp({ hasPeers: true })
    expect(shutdown.hasBegun).toBe(false)
    const ended = shutdown.begin()
    expect([limits.draining, shutdown.hasBegun]).toEqual([false, true])
    await untilDeaf()
    expect(limits.draining).toBe(true)
    expect(await ended).toBe(0)
  })

  test('of one without: what still comes is refused at once', async () => {
    const { shutdown, events, limits } = setUp()
    const ended = shutdown.begin()
    expect(limits.draining).toBe(true)
    expect(events).not.toContain(DEAF)
    expect(await ended).toBe(0)
  })

  test('waits for what is in flight, and flushes only after it', async () => {
    const { shutdown, events, live, addCall, advance, untilDeaf } = setUp()
    const call = addCall('a')
    const ended = shutdown.begin()
    await untilDeaf()
    advance(29_000)
    await aMoment()
    expect(events.at(-1)).toBe(DEAF)
    live.delete(call, call.livePlace)
    expect(await ended).toBe(0)
    expect(events.slice(-2)).toEqual(['flush', 'close'])
  })

  test('waits for answers whose last bytes have not left', async () => {
    let isAnswering = true
    const { shutdown, events, untilDeaf } = setUp({ isAnswering: () => isAnswering })
    const ended = shutdown.begin()
    await untilDeaf()
    await aMoment()
    expect(events).not.toContain('flush')
    isAnswering = false
    expect(await ended).toBe(0)
  })

  test('cuts what outlives the grace time, and does not wait for what cannot be cut', async () => {
    const { shutdown, events, addCall, advance, untilDeaf } = setUp()
    addCall('a')
    addCall('b', false)
    const ended = shutdown.begin()
    await untilDeaf()
    advance(30_000)
    await aMoment()
    expect(events.slice(-2)).toEqual(['cut a: shutting_down', 'cut b: shutting_down'])
    advance(2_000)
    expect(await ended).toBe(0)
    expect(events.slice(-2)).toEqual(['flush', 'close'])
  })

  test('what is still being counted shortly before the last moment is estimated, and ends', async () => {
    const live = new Roster<Call>()
    const stopCounting = () => {
      for (const call of live) live.delete(call, call.livePlace)
    }
    const { shutdown, events, addCall, advance, untilDeaf } = setUp({ live, stopCounting })
    addCall('a', false)
    const ended = shutdown.begin()
    await untilDeaf()
    advance(30_000)
    await aMoment()
    expect(events.at(-1)).toBe('cut a: shutting_down')
    advance(1_600)
    expect(await ended).toBe(0)
    expect(events.slice(-2)).toEqual(['flush', 'close'])
  })

  test('a second signal cuts at once, the same signal passed on by a parent does not', async () => {
    const { shutdown, events, addCall, advance, untilDeaf } = setUp()
    addCall('a')
    const ended = shutdown.begin()
    advance(900)
    void shutdown.begin()
    await untilDeaf()
    await aMoment()
    expect(events.at(-1)).toBe(DEAF)
    advance(200)
    void shutdown.begin()
    expect(await ended).toBe(0)
    expect(events.filter(event => event === 'flush' || event.startsWith('cut'))).toEqual([
      'cut a: shutting_down',
      'flush',
    ])
  })

  test('is 1 when usage could neither be stored nor kept, and says so', async () => {
    const { shutdown, events } = setUp({ flush: async () => 'held' as const })
    expect(await shutdown.begin()).toBe(1)
    expect(events).toContain('usage could neither be stored nor kept before the end')
    expect(events.at(-1)).toBe('close')
  })

  test('is 0 when usage is kept on the disk, and says so', async () => {
    const { shutdown, events } = setUp({ flush: async () => 'kept' as const })
    expect(await shutdown.begin()).toBe(0)
    expect(events).toContain('usage is kept on this disk: the next start on the same data folder stores it')
  })

  test('does not wait for a database that does not close', async () => {
    const { shutdown } = setUp({ close: () => new Promise(() => {}) })
    const begun = performance.now()
    expect(await shutdown.begin()).toBe(0)
    expect(performance.now() - begun).toBeLessThan(10_000)
  })

  test('with a grace time of nothing cuts at once', async () => {
    const { shutdown, events, addCall } = setUp({ graceMs: 0 })
    addCall('a')
    expect(await shutdown.begin()).toBe(0)
    expect(events).toContain('cut a: shutting_down')
  })
})
