import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { orNone, readRecorded, recorded } from '../recorded'
import type { Json } from '../recordings/json'
import { bodiesOf, HOW_CUT, isStreamed, stepsOf } from '../recordings/wire'
import { startVendor, type Vendor } from '../vendor/start'
import { eventsIn, postMessages, startMixed } from './messages-text'
import type { TestGateway } from './start-gateway'

const messages = recorded('messages of Anthropic')
const unpriced = (text: string) => text.replace(/,"cost_usd":[\d.]+/, '')

describe.skipIf(messages.length === 0)(`recordings of Anthropic (${HOW_CUT})`, () => {
  let vendor: Vendor
  let gateway: TestGateway
  beforeAll(async () => {
    vendor = await startVendor()
    gateway = startMixed({
      vendors: { anthropic: vendor.url },
      deployment: 'recorded',
      capabilities: ['streaming'],
    })
  })
  afterAll(async () => {
    await gateway.stop()
    await vendor.stop()
  })
  afterEach(async () => {
    await gateway.forgetRecords()
    await vendor.clear()
  })

  test.each(orNone(messages))('%s passes to a caller of the same dialect, request and answer', async path => {
    await vendor.script('recorded', stepsOf(path, 'named'))
    const request = readRecorded(path.replace(/\.res\.\w+$/, '.req.json')).toString()
    const asked = JSON.parse(request) as Json
    const response = await postMessages(gateway, request.replace(JSON.stringify(asked.model), '"m"'))
    const text = unpriced(await response.text())
    expect(response.status).toBe(200)
    const [call] = await vendor.calls()
    expect(JSON.parse(call!.body!.toString())).toEqual({ ...asked, model: 'recorded' })
    const got: Json[] = isStreamed(path) ? eventsIn(text) : [JSON.parse(text)]
    expect(got).toEqual(bodiesOf(path))
    expect(await gateway.record()).toMatchObject({ outcome: 'ok', usageSource: 'vendor' })
  })
})
