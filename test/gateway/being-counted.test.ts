import { afterEach, beforeEach, expect, test } from 'bun:test'
import type { CallTokens } from '../../src/usage/count-call'
import { chat } from '../vendor/chat'
import type { Step } from '../vendor/step'
import { scriptedWorld } from './scripted'
import type { TestGateway } from './start-gateway'
import { ASK } from './stream-text'

const world = scriptedWorld()
const SILENT: Step[] = [{ status: 200, headers: { 'content-type': 'text/event-stream' } }]
const JSON_SILENT: Step[] = [
  { status: 200, headers: { 'content-type': 'application/json' }, framing: 'close' },
  { text: '{"choices":[' },
]

/** The prompt of the vendor that was asked first is counted for as long as a test likes. */
let gateway: TestGateway
let counted: PromiseWithResolvers<CallTokens | undefined>
let isCounting = false
beforeEach(async () => {
  isCounting = false
  counted = Promise.withResolvers()
  gateway = world.open({
    vendors: { first: world.vendor.url, second: world.vendor.url },
    account: account => ({ ...account, headers: { 'x-script': account.name } }),
  })
  gateway.deps.tokenizer = {
    count: () => {
      isCounting = true
      return counted.promise
    },
    hear: async () => undefined,
  }
})
afterEach(() => counted.resolve(undefined))

async function script(stream: boolean): Promise<void> {
  await world.vendor.script('first', stream ? SILENT : JSON_SILENT)
  await world.vendor.script('second', chat({ stream, ...(stream && { paceMs: 5 }) }))
}

/** Until the second vendor has said its last word. */
async function untilAnswered(): Promise<void> {
  const hasEnded = async () =>
    (await world.vendor.calls('second')).some(({ ending }) => ending === 'complete')
  while (!isCounting || !(await hasEnded())) await Bun.sleep(5)
  await Bun.sleep(30)
}

for (const stream of [true, false])
  test(`a caller who leaves while an answer is counted that its vendor has given whole, has been answered (stream: ${stream})`, async () => {
    await script(stream)
    const controller = new AbortController()
    const asking = gateway.chat({ ...ASK, stream }, { signal: controller.signal })
    void asking.then(response => response.text()).catch(() => undefined)
    await untilAnswered()
    controller.abort()
    await Bun.sleep(30)
    // Its place is another's already.
    expect([gateway.limits.inFlight, gateway.live.size]).toEqual([0, 1])
    counted.resolve({ input: 5, output: 0 })
    expect(await gateway.record()).toMatchObject({
      outcome: 'ok',
      status: 200,
      usageSource: 'mixed',
      lines: [
        { vendor: 'first', source: 'tokenizer', usage: { inputTokens: 5 } },
        { vendor: 'second', source: 'vendor' },
      ],
    })
    expect(gateway.live.size).toBe(0)
  })

test('a count that fails by a fault of ours is a guess; the answer ends and the process lives', async () => {
  await script(true)
  gateway.deps.tokenizer.count = () => Promise.reject(new TypeError('a fault'))
  const response = await gateway.chat(ASK)
  expect(await response.text()).toEndWith('data: [DONE]\n\n')
  const { outcome, lines } = await gateway.record()
  expect([outcome, lines?.map(({ source }) => source)]).toEqual(['ok', ['estimated', 'vendor']])
  expect(lines?.[0]?.usage.inputTokens).toBeGreaterThan(5)
})

for (const isCounted of [true, false])
  test(`a fault of ours in the record of a stream ends it with an error event, not in silence (counted: ${isCounted})`, async () => {
    counted.resolve({ input: 5, output: 0 })
    await world.vendor.script('first', isCounted ? SILENT : chat({ paceMs: 5 }))
    await world.vendor.script('second', chat({ paceMs: 5 }))
    gateway.deps.recorder.record = () => {
      throw new TypeError('a fault')
    }
    const text = await (await gateway.chat(ASK)).text()
    expect(text).toContain('"code":"internal_error"')
    expect(text).toEndWith('data: [DONE]\n\n')
    expect([gateway.limits.inFlight, gateway.live.size]).toEqual([0, 0])
  })
