import type { Catalog } from '../catalog/catalog'
import type { Model } from '../catalog/model'
import { GatewayError } from '../errors'

/** A model and, where its name pins one (`vendor/id`), its vendor. */
export interface Resolved {
  model: Model
  vendor: string | undefined
}

/** What a caller's name for a model means. */
export interface Named extends Resolved {
  name: string
}

/** Exact ids and aliases win, since ids may hold a slash; then `vendor/id`. Throws `model_not_found`. */
export function resolve(name: string, catalog: Catalog): Named {
  const model = byName(name, catalog)
  if (model) return { name, model, vendor: undefined }
  const slash = name.indexOf('/')
  const pinned = slash > 0 ? byVendor(name.slice(0, slash), name.slice(slash + 1), catalog) : undefined
  if (pinned) return { name, ...pinned }
  throw notFound(name)
}

/** OpenAI's words for a model that a caller cannot have. */
export function notFound(
  name: string,
  because = "does not exist or you do not have access to it. 'GET /v1/models' lists those that you can call",
): GatewayError {
  const shown = /^[\w./:@+-]{1,120}$/.test(name) ? `The model \`${name}\`` : 'The requested model'
  return new GatewayError('model_not_found', `${shown} ${because}.`)
}

function byName(name: string, catalog: Catalog): Model | undefined {
  const id = catalog.models.has(name) ? name : catalog.aliases.get(name)
  return id === undefined ? undefined : catalog.models.get(id)
}

/** The rest may be the model's public name or the vendor's own id of it. */
function byVendor(vendor: string, id: string, catalog: Catalog): Resolved | undefined {
  const named = byName(id, catalog)
  if (named?.offerings.some(offering => offering.vendor === vendor)) return { model: named, vendor }
  for (const model of catalog.models.values()) {
    if (model.offerings.some(offering => offering.vendor === vendor && offering.model === id))
      return { model, vendor }
  }
  return undefined
}
