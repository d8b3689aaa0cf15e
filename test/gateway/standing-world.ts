import { afterAll, afterEach, beforeAll, beforeEach } from 'bun:test'
import { Tokenizer } from '../../src/usage/tokenizer'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'

/** A gateway of each test's own, whose clock stands until it is moved: nothing flows back by itself. */
export interface StandingWorld {
  readonly vendor: Vendor
  readonly gateway: TestGateway
  readonly clock: { time: number }
}

/** For all tests of the file that calls this at its beginning; each of these names is an account at the tests' vendor. */
export function standingWorld(...accounts: string[]): StandingWorld {
  let vendor: Vendor
  let tokenizer: Tokenizer
  let gateway: TestGateway
  let clock: { time: number; now(): number; date(): number }
  beforeAll(async () => {
    vendor = await startVendor()
    tokenizer = new Tokenizer({ deadlineMs: 60_000 })
  })
  afterAll(async () => {
    tokenizer.stop()
    await vendor.stop()
  })
  beforeEach(() => {
    clock = { time: 1_000, now: () => clock.time, date: () => Date.now() }
    const vendors = Object.fromEntries(accounts.map(name => [name, vendor.url]))
    gateway = startGateway({ vendors, clock, tokenizer })
  })
  afterEach(async () => {
    await gateway.stop()
    await vendor.clear()
  })
  return {
    get vendor() {
      return vendor
    },
    get gateway() {
      return gateway
    },
    get clock() {
      return clock
    },
  }
}
