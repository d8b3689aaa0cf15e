import { afterAll, afterEach, beforeAll } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'

export interface ScriptedWorld {
  readonly vendor: Vendor
  /** A gateway that ends with the test that opens it. */
  open(options: GatewayOptions): TestGateway
}

/** A vendor that does as it is told, for all tests of the file that calls this at its beginning. */
export function scriptedWorld(): ScriptedWorld {
  let vendor: Vendor | undefined
  const gateways: TestGateway[] = []
  const started = (): Vendor => {
    if (!vendor) throw new Error('the vendor starts with the first test')
    return vendor
  }
  beforeAll(async () => {
    vendor = await startVendor()
  })
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.stop()
    await started().clear()
  })
  afterAll(() => started().stop())
  return {
    get vendor() {
      return started()
    },
    open: options => {
      const gateway = startGateway(options)
      gateways.push(gateway)
      return gateway
    },
  }
}
