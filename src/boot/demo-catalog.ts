import { buildCatalog, type Catalog } from '../catalog/catalog'
import { DEMO_MODELS } from '../catalog/demo-model'
import type { Config } from '../config/config'
import type { DemoVendor } from '../demo/server'
import { DEFAULT_TIMEOUTS, type Vendor } from '../vendors/vendor'

/** What the configuration can call, with the demo vendor in front where it runs: an account like any other. */
export function catalogOf(config: Config, demo: DemoVendor | undefined): Catalog {
  if (!demo) return buildCatalog(config.vendors, config.models)
  const vendor: Vendor = {
    name: 'demo',
    dialect: 'openai',
    conforms: true,
    baseUrl: demo.url,
    credential: '',
    headers: {},
    onDisconnect: 'abort',
    timeouts: DEFAULT_TIMEOUTS,
  }
  return buildCatalog([vendor, ...config.vendors], [...DEMO_MODELS, ...config.models])
}
