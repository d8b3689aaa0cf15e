import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'bun:test'
import { hashKey } from '../../src/auth/key-format'
import { watchKeys } from '../../src/gateway/watch-keys'
import { Tokenizer } from '../../src/usage/tokenizer'
import { type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'
import { startVendor, type Vendor } from '../vendor/start'
import { LIMITS, limitedKey, tokensLeft, tokensUsed } from './limited'
import { EVERYWHERE, postTo, type Route, scriptOf } from './routes'
import { startGateway, type TestGateway } from './start-gateway'

/** A gateway of each test's own with every route, and a key with `LIMITS`. */
export interface LimitedWorld {
  readonly vendor: Vendor
  readonly gateway: TestGateway
  readonly key: string
  post(route: Route, body?: object, init?: RequestInit): Promise<Response>
  revoke(isRevoked: boolean): void
  /** Nothing is held any more, the tokens are there but for those that were used, and the place lets a request in. */
  expectAllBack(route: Route): Promise<void>
}

/** For all tests of the file that calls this at its beginning. */
export function limitedWorld(): LimitedWorld {
  let fresh: FreshDatabase
  let vendor: Vendor
  let tokenizer: Tokenizer
  let gateway: TestGateway
  let key: string
  let version = 1
  beforeAll(async () => {
    fresh = await freshDatabase(hasRealServer ? 'real' : 'embedded')
    vendor = await startVendor()
    tokenizer = new Tokenizer({ deadlineMs: 60_000 })
  })
  afterAll(async () => {
    tokenizer.stop()
    await vendor.stop()
    await fresh.close()
  })
  beforeEach(() => {
    gateway = startGateway({
      vendors: { acme: vendor.url },
      model: EVERYWHERE,
      // Time stands still, so that nothing flows back by itself.
      clock: { now: () => 1_000, date: () => Date.now() },
      tokenizer,
      database: fresh.db,
      maxJsonBytes: 2_000,
      maxUploadBytes: 100_000,
    })
    watchKeys(gateway.deps)
    key = limitedKey(gateway, LIMITS)
  })
  afterEach(async () => {
    await gateway.deps.replays.stop()
    await gateway.stop()
    await vendor.clear()
  })
  const post = ({ path, body: usual }: Route, body = usual, init: RequestInit = {}) =>
    postTo(gateway, path, key, body, init)
  return {
    get vendor() {
      return vendor
    },
    get gateway() {
      return gateway
    },
    get key() {
      return key
    },
    post,
    revoke(isRevoked) {
      version++
      const caller = gateway.keyring.known(hashKey(key))!
      gateway.keyring.put({ ...caller, version, revokedAt: isRevoked ? Date.now() : null })
    },
    async expectAllBack(route) {
      expect([gateway.live.size, gateway.limits.inFlight]).toEqual([0, 0])
      expect(tokensLeft(gateway, key)).toBe(LIMITS.tpm - tokensUsed(gateway))
      await vendor.clear()
      await vendor.script(scriptOf(route), route.answer)
      const next = await post(route)
      await next.bytes()
      expect(next.status).toBe(200)
    },
  }
}
