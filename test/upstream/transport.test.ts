import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { type Heard, send as sendBy, TRANSPORTS } from './both-transports'

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
afterEach(() => vendor.clear())

const HEAD: Step = { status: 200, headers: { 'content-type': 'text/event-stream' } }

describe.each(TRANSPORTS)('%s', (_, dial) => {
  const send = (url: string, hold?: (heard: Heard) => Promise<void> | undefined) => sendBy(dial, url, hold)

  async function heard(steps: Step[]): Promise<Heard> {
    await vendor.script('s', steps)
    const call = send(`${vendor.url}/x`)
    await call.over
    return call
  }

  test('an answer is a head, then its bytes, then one end', async () => {
    const { said, bytes } = await heard([HEAD, { text: 'a' }, { wait: 20 }, { text: 'b' }])
    expect(said).toEqual(['head 200', 'data', 'data', 'end'])
    expect(Buffer.concat(bytes).toString()).toBe('ab')
  })

  test('an answer that breaks is told once, after what came before it', async () => {
    const { said, error } = await heard([HEAD, { text: 'a' }, { wait: 20 }, { reset: true }])
    expect(said).toEqual(['head 200', 'data', 'fail reset'])
    expect(error?.message).not.toContain(vendor.url)
  })

  test('a truncated body is no end', async () => {
    expect((await heard([HEAD, { text: 'a' }, { wait: 20 }, { close: true }])).said.at(-1)).toBe('fail reset')
  })

  test('a refused connection is told from a lost one', async () => {
    const refused = send('http://127.0.0.1:1/v1/x')
    await refused.over
    expect([refused.said, refused.connection.sent]).toEqual([['fail connect'], false])
    expect((await heard([{ reset: true }])).said).toEqual(['fail reset'])
  })

  test('a compressed body arrives as it was sent', async () => {
    const packed = Bun.gzipSync(Buffer.from('hello'))
    const { bytes } = await heard([
      { status: 200, headers: { 'content-encoding': 'gzip' } },
      { bytes: packed },
    ])
    expect(Buffer.concat(bytes).equals(Buffer.from(packed))).toBe(true)
  })

  test('a redirect is an answer like any other', async () => {
    expect((await heard([{ status: 307, headers: { location: '/v1/elsewhere' } }])).said).toEqual([
      'head 307',
      'end',
    ])
    expect(await vendor.calls()).toHaveLength(1)
  })

  test('after an abort nothing reaches the sink, and the vendor sees it at once', async () => {
    await vendor.script('s', [HEAD, { text: 'a' }, { stall: true }])
    const call = send(`${vendor.url}/x`)
    while (!call.said.includes('data')) await Bun.sleep(1)
    call.connection.abort()
    const [seen] = await vendor.calls()
    await vendor.waitForClosed(seen!.id, 1_000)
    await Bun.sleep(20)
    expect(call.said).toEqual(['head 200', 'data'])
  })

  test('a sink that holds gets nothing more until it lets go', async () => {
    await vendor.script('s', [HEAD, { text: 'a' }, { wait: 20 }, { text: 'b' }])
    let go = () => {}
    const held = new Promise<void>(resolve => (go = resolve))
    const call = send(`${vendor.url}/x`, ({ said }) => (said.length === 2 ? held : undefined))
    await Bun.sleep(60)
    expect(call.said).toEqual(['head 200', 'data'])
    go()
    await call.over
    expect(call.said).toEqual(['head 200', 'data', 'data', 'end'])
  })
})
