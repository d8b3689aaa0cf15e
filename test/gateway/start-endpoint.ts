import type { Endpoint, Model } from '../../src/catalog/model'
import type { PriceSpec } from '../../src/catalog/rate'
import { priceOf } from '../catalog/price-of'
import { startVendor, type Vendor } from '../vendor/start'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'

/** The gateway of the tests with models for one endpoint, and its vendor. */
export interface Served {
  gateway: TestGateway
  vendor: Vendor
  /** POST with the key; a body that is no text or form is sent as JSON. */
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

/** Public model `m`, which the vendor knows as `m-2026-01`. */
export async function startEndpoint(
  endpoints: Endpoint[],
  price: PriceSpec,
  options: Partial<GatewayOptions> = {},
): Promise<Served> {
  const vendor = await startVendor()
  const model: Partial<Model> = { endpoints, price: priceOf(price), contextWindow: null, ...options.model }
  const gateway = startGateway({ vendors: { acme: vendor.url }, ...options, model })
  return {
    gateway,
    vendor,
    post: (path, body, init = {}) =>
      fetch(`${gateway.url}/v1/${path}`, {
        method: 'POST',
        body: typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body),
        ...init,
        headers: {
          authorization: `Bearer ${gateway.key}`,
          ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
          ...init.headers,
        },
      }),
    async stop() {
      await gateway.stop()
      await vendor.stop()
    },
  }
}

/** The error of a refusal, and its status. */
export async function refusalOf(response: Response) {
  const { error } = (await response.json()) as {
    error: { message: string; type: string; code: string | null; param: string | null }
  }
  return { status: response.status, ...error }
}
