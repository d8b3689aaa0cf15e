import { expect, setDefaultTimeout, test } from 'bun:test'
import { newId } from '../../src/lib/id'
import type { Step } from '../vendor/step'
import { expectTold, LIMITS, tokensLeft } from './limited'
import { limitedWorld } from './limited-world'
import { ROUTES, scriptOf } from './routes'

setDefaultTimeout(30_000)

const world = limitedWorld()

/** How a stream goes on that has begun. Sound has no place for an error: it breaks off. */
interface Exit {
  steps: (rest: Step[]) => Step[]
  end: (response: Response) => unknown
  outcome: 'ok' | 'error' | 'cancelled'
  errorCode: string | null
}
const EXITS: Record<string, Exit> = {
  'its last word': {
    steps: rest => [{ gate: 'rest' }, ...rest],
    end: () => world.vendor.open('rest'),
    outcome: 'ok',
    errorCode: null,
  },
  'a vendor that breaks off': {
    steps: () => [{ gate: 'rest' }, { reset: true }],
    end: () => world.vendor.open('rest'),
    outcome: 'error',
    errorCode: 'upstream_error',
  },
  'its key was revoked': {
    steps: () => [{ stall: true }],
    end: () => world.revoke(true),
    outcome: 'error',
    errorCode: 'key_revoked',
  },
  'a caller who leaves': {
    steps: () => [{ stall: true }],
    end: response => response.body!.cancel(),
    outcome: 'cancelled',
    errorCode: null,
  },
}

for (const route of ROUTES) {
  const { path, stream } = route
  if (!stream) continue
  const script = scriptOf(route)

  for (const [name, { steps, end, outcome, errorCode }] of Object.entries(EXITS))
    test(`${path}: a stream tells what is left, and gives its place and its tokens back after ${name}`, async () => {
      const { vendor, gateway, key, post } = world
      const [begun, rest] = [stream.steps.slice(0, stream.begun), stream.steps.slice(stream.begun)]
      await vendor.script(script, [...begun, ...steps(rest)])
      const response = await post(route, stream.body)
      expect(response.status).toBe(200)
      const meanwhile = tokensLeft(gateway, key)
      expect(meanwhile).toBeLessThan(LIMITS.tpm)
      expectTold(response, 9, meanwhile)
      const refused = await post(route)
      expect(refused.status).toBe(429)
      expectTold(refused, 9, meanwhile)
      await end(response)
      if (outcome !== 'cancelled') await response.bytes().catch(() => {})
      expect(await gateway.record(2)).toMatchObject({ outcome, errorCode })
      if (errorCode === 'key_revoked') world.revoke(false)
      await world.expectAllBack(route)
    })

  test(`${path}: a stream that is given again takes a request, no tokens, and a place only for so long`, async () => {
    const { vendor, gateway, key, post } = world
    await vendor.script(script, stream.steps)
    const init = { headers: { 'idempotency-key': newId() } }
    const bytes = await (await post(route, stream.body, init)).bytes()
    await gateway.record()
    const left = tokensLeft(gateway, key)
    const again = await post(route, stream.body, init)
    expect(Buffer.compare(await again.bytes(), bytes)).toBe(0)
    expect(await gateway.record(2)).toMatchObject({ outcome: 'ok', usage: null, attempts: [] })
    expectTold(again, 8, left)
    expect(await vendor.calls()).toHaveLength(1)
    await world.expectAllBack(route)
  })
}
