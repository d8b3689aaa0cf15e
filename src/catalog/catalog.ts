import type { Vendor } from '../vendors/vendor'
import type { Model } from './model'

/** What can be asked for, and where it can be served. Immutable: a change of configuration makes a new one. */
export interface Catalog {
  /** The configured accounts by name: what can be called now. */
  vendors: ReadonlyMap<string, Vendor>
  /** Every model that we know, callable or not, by public id. */
  models: ReadonlyMap<string, Model>
  /** Other names for those, each to one public id. An exact id wins over an alias. */
  aliases: ReadonlyMap<string, string>
}

/** Later models replace earlier ones of the same id, so that a user's file overrides what is built in. */
export function buildCatalog(vendors: readonly Vendor[], models: readonly Model[]): Catalog {
  const byId = new Map(models.map(model => [model.id, model]))
  const aliases = new Map<string, string>()
  for (const model of byId.values()) for (const alias of model.aliases) aliases.set(alias, model.id)
  return { vendors: new Map(vendors.map(vendor => [vendor.name, vendor])), models: byId, aliases }
}
