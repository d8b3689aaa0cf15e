import { afterAll, afterEach, expect, test } from 'bun:test'
import { fanOut } from '../../src/upstream/fan-out'
import type { Connection, Transport, TransportError } from '../../src/upstream/transport'
import { startVendor } from '../vendor/start'
import { TRANSPORTS } from './both-transports'

const vendor = await startVendor()
afterAll(() => vendor.stop())
afterEach(() => vendor.clear())

const cause = new Error('the disk is full')
const ANSWER = [{ status: 200, headers: { 'content-type': 'application/json' } }, { text: '{}' }]
const request = () => ({ url: `${vendor.url}/x`, headers: { 'x-script': 's' }, body: Buffer.from('{}') })

/** Sends by it what its sink lets leave so many times. */
async function sendUntil(dial: (...given: Parameters<Transport>) => Connection, times: number) {
  const said: string[] = []
  const { promise: over, resolve } = Promise.withResolvers<TransportError | undefined>()
  let asked = 0
  const connection = dial(
    request(),
    {
      leaves() {
        if (++asked > times) throw cause
      },
      head: status => void said.push(`head ${status}`),
      data() {},
      end: () => resolve(undefined),
      fail: resolve,
    },
    {} as Parameters<Transport>[2],
  )
  const error = await over
  return { said, asked, error, sent: connection.sent }
}

for (const [name, dial] of TRANSPORTS) {
  test(`what may not leave is not sent (${name})`, async () => {
    const { said, error, sent } = await sendUntil(dial, 0)
    expect([said, error?.fault, error?.cause, sent]).toEqual([[], 'withheld', cause, false])
    expect(await vendor.calls('s')).toEqual([])
  })

  test(`each of several requests is asked before it leaves, and where the first may not, none is sent (${name})`, async () => {
    const several = fanOut(dial, [request(), request()], false)
    const { error, sent } = await sendUntil(several, 0)
    expect([error?.fault, sent, await vendor.calls('s')]).toEqual(['withheld', false, []])
    await vendor.script('s', ANSWER)
    const { said, asked } = await sendUntil(several, 3)
    expect([said, asked]).toEqual([['head 200'], 3])
  })
}
