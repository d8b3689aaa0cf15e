import { buildCatalog } from '../../src/catalog/catalog'
import type { Capability, Model } from '../../src/catalog/model'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../src/vendors/vendor'
import { priceOf, USUAL } from '../catalog/price-of'
import type { GatewayOptions } from './start-gateway'

export const CREDENTIAL = 'sk-vendor-secret-0123456789'

const CAPABILITIES: Capability[] = ['streaming', 'tools', 'parallel_tools', 'json_mode', 'json_schema']

/** A priced model that speaks OpenAI's dialect, served by the given vendors. */
export function catalogOf(options: GatewayOptions) {
  const { vendors, models = ['m'], deployment, timeouts = {}, account } = options
  const accounts = Object.entries(vendors).map(([name, baseUrl]): Vendor => {
    const vendor: Vendor = {
      name,
      dialect: 'openai',
      conforms: true,
      baseUrl,
      credential: CREDENTIAL,
      headers: {},
      onDisconnect: 'abort',
      timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
    }
    return account ? account(vendor) : vendor
  })
  const served = models.map(
    (id): Model => ({
      id,
      aliases: [`${id}-alias`],
      endpoints: ['chat.completions'],
      capabilities: new Set(options.capabilities ?? CAPABILITIES),
      contextWindow: 128_000,
      maxOutputTokens: 16_384,
      price: priceOf(USUAL),
      deprecatedOn: null,
      offerings: accounts.map(({ name }) => ({ vendor: name, model: deployment ?? `${id}-2026-01` })),
      ...options.model,
    }),
  )
  return buildCatalog(accounts, served)
}
