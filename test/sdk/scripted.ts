import OpenAI from 'openai'
import { type GatewayOptions, startGateway, type TestGateway } from '../gateway/start-gateway'
import { startVendor, type Vendor } from '../vendor/start'

/** OpenAI's own client in front of the gateway, and the scriptable vendor behind it. */
export interface Scripted {
  gateway: TestGateway
  vendor: Vendor
  openai: OpenAI
  /** The same client with other options. */
  client(options: ConstructorParameters<typeof OpenAI>[0]): OpenAI
  stop(): Promise<void>
}

/** Public model `m`, which the vendor knows as `m-2026-01`. */
export async function startScripted(options: Partial<GatewayOptions> = {}): Promise<Scripted> {
  const vendor = await startVendor()
  const gateway = startGateway({ vendors: { acme: vendor.url }, models: ['m', 'org/m:free'], ...options })
  const client: Scripted['client'] = more =>
    new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0, ...more })
  return {
    gateway,
    vendor,
    openai: client({}),
    client,
    async stop() {
      await gateway.stop()
      await vendor.stop()
    },
  }
}

export const UPSTREAM = 'm-2026-01'
export const ASK = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }

/** An error answer of the vendor, in OpenAI's envelope. */
export function refusal(status: number, error: object, headers: Record<string, string> = {}) {
  const text = JSON.stringify({
    error: { message: 'As scripted.', type: 'x', param: null, code: null, ...error },
  })
  return [{ status, headers: { 'content-type': 'application/json', ...headers } }, { text }]
}
