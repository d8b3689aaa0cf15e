import { expect, setDefaultTimeout, test } from 'bun:test'
import { newId } from '../../src/lib/id'
import { wav } from '../audio'
import type { Step } from '../vendor/step'
import { expectTold, LIMITS, limitsOf, tokensLeft, tokensUsed } from './limited'
import { limitedWorld } from './limited-world'
import { ROUTES, type Route, scriptOf } from './routes'
import { ORDERS, ask as spoken } from './spoken'

setDefaultTimeout(30_000)

const world = limitedWorld()

/** The same body with this member or field. */
function having(body: object, name: string, value: string | File): object {
  if (!(body instanceof FormData)) return { ...body, [name]: value }
  const copy = new FormData()
  for (const [own, part] of body.entries()) copy.append(own, part as string)
  copy.set(name, value as string)
  return copy
}

const LARGE = new File([wav(10)], 'long.wav', { type: 'audio/wav' })
const enlarged = (body: object) =>
  body instanceof FormData ? having(body, 'file', LARGE) : having(body, 'padding', 'x'.repeat(3_000))

const refusing = (status: number): Step[] => [
  { status, headers: { 'content-type': 'application/json' } },
  { text: '{"error":{"message":"no"}}' },
]
interface Exit {
  steps?: Step[]
  body?: (route: Route) => object
  status: number
  outcome: 'error' | 'rejected'
  /** The vendor had the request, so it may bill it: what that comes to is counted. */
  isCounted?: true
}
const EXITS: Record<string, Exit> = {
  'a vendor that refuses': { steps: refusing(400), status: 400, outcome: 'error' },
  'a vendor that fails': { steps: refusing(500), status: 502, outcome: 'error' },
  'a vendor that breaks off': { steps: [{ reset: true }], status: 502, outcome: 'error', isCounted: true },
  'a body that asks for nothing': { body: ({ lacking }) => lacking, status: 400, outcome: 'rejected' },
  'a body that is too large': { body: ({ body }) => enlarged(body), status: 413, outcome: 'rejected' },
  'a model that is not there': {
    body: ({ body }) => having(body, 'model', 'nothing'),
    status: 404,
    outcome: 'rejected',
  },
}

for (const route of ROUTES) {
  const { path, body, answer } = route
  const script = scriptOf(route)

  test(`${path} holds a place and tokens until it has answered, and tells what is left`, async () => {
    const { vendor, gateway, key, post } = world
    await vendor.script(script, [{ gate: 'answer' }, ...answer])
    const asking = post(route)
    await vendor.waitForCall(script)
    const meanwhile = tokensLeft(gateway, key)
    expect(meanwhile).toBeLessThan(LIMITS.tpm)
    const refused = await post(route)
    expect(refused.status).toBe(429)
    expectTold(refused, 9, meanwhile)
    await vendor.open('answer')
    const response = await asking
    await response.bytes()
    expect(response.status).toBe(200)
    expect(await gateway.record(2)).toMatchObject({ outcome: 'ok' })
    // Sound goes out as it comes: its head leaves before it is known what it used.
    expectTold(response, 9, path === 'audio/speech' ? meanwhile : LIMITS.tpm - tokensUsed(gateway))
    await world.expectAllBack(route)
  })

  for (const [name, { steps = answer, body: bodyOf, status, outcome, isCounted }] of Object.entries(EXITS))
    test(`${path}: the place and the tokens are there again after ${name}`, async () => {
      await world.vendor.script(script, steps)
      const response = await world.post(route, bodyOf?.(route))
      await response.bytes()
      const record = await world.gateway.record()
      expect([response.status, record.outcome, record.usage !== null]).toEqual([
        status,
        outcome,
        isCounted === true,
      ])
      if (isCounted) expect(limitsOf(response)['x-ratelimit-remaining-requests']).toBe('9')
      else expectTold(response, 9, LIMITS.tpm)
      await world.expectAllBack(route)
    })

  test(`${path}: the place and the tokens are there again after a caller who leaves`, async () => {
    const { vendor, gateway, post } = world
    await vendor.script(script, [{ stall: true }])
    const controller = new AbortController()
    const asking = post(route, body, { signal: controller.signal }).catch(() => 'gone')
    await vendor.waitForCall(script)
    controller.abort()
    expect(await asking).toBe('gone')
    expect(await gateway.record()).toMatchObject({ outcome: 'cancelled' })
    await world.expectAllBack(route)
  })

  test(`${path}: an answer that is given again takes a request, no tokens, and a place only for so long`, async () => {
    const { vendor, gateway, key, post } = world
    await vendor.script(script, answer)
    const init = { headers: { 'idempotency-key': newId() } }
    const bytes = await (await post(route, body, init)).bytes()
    await gateway.record()
    const left = tokensLeft(gateway, key)
    const again = await post(route, body, init)
    expect(Buffer.compare(await again.bytes(), bytes)).toBe(0)
    expect(await gateway.record(2)).toMatchObject({ outcome: 'ok', usage: null, attempts: [] })
    expectTold(again, 8, left)
    expect(await vendor.calls()).toHaveLength(1)
    await world.expectAllBack(route)
  })
}

for (const route of ROUTES.filter(({ body }) => body instanceof FormData))
  for (const order of ORDERS)
    test(`${route.path}: the place and the tokens are there again after a form that grows too large (${order})`, async () => {
      await world.vendor.script(scriptOf(route), route.answer)
      const encoded = new Response(spoken(order, {}, LARGE))
      const response = await world.post(route, route.body, {
        headers: { 'content-type': encoded.headers.get('content-type')! },
        body: encoded.body!,
        duplex: 'half',
      } as RequestInit)
      await response.bytes()
      expect(await world.gateway.record()).toMatchObject({ status: 413, errorCode: 'request_too_large' })
      expect([response.status, limitsOf(response)['x-ratelimit-remaining-requests']]).toEqual([413, '9'])
      await world.expectAllBack(route)
    })
