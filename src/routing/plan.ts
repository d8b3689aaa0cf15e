import type { Catalog } from '../catalog/catalog'
import type { Endpoint, Model, Offering } from '../catalog/model'
import type { Price } from '../catalog/price'
import { GatewayError } from '../errors'
import { type Adapter, adapterFor, canServe } from '../vendors/adapter'
import type { Vendor } from '../vendors/vendor'
import type { Health } from './health'
import { type Named, notFound, type Resolved } from './resolve'

/** One concrete target of a request, with what it costs there. */
export interface Deployment {
  /** Names it in health and metrics. */
  id: string
  vendor: Vendor
  /** The vendor's own id of the model. */
  model: string
  adapter: Adapter
  price: Price
  /** The model thinks before it answers, and what it thought is billed but never sent. */
  hidesReasoning: boolean
  /** In tokens; null where nobody tells. */
  contextWindow: number | null
  maxOutputTokens: number | null
  capabilities: Model['capabilities']
  /** The model has chats alone: what was asked for at another endpoint is asked for as one. */
  asChat?: boolean
}

/** Other ways to ask for a chat. */
const AS_CHATS = new Set<Endpoint>(['completions', 'responses', 'messages'])

/**
 * The deployments to ask for a model, in order of preference; never empty. A model's only deployment is always asked,
 * others are left out while they cool. Throws `model_not_found`, `model_unpriced` or `upstream_unavailable`.
 */
export function plan(
  named: Named,
  endpoint: Endpoint,
  catalog: Catalog,
  health: Health,
): readonly Deployment[] {
  const { model } = named
  if (!isServed(model, endpoint))
    throw notFound(named.name, `is not served by ${endpoint}, but by ${model.endpoints.join(', ')}`)
  const deployments = deploymentsOf(named, endpoint, catalog)
  if (deployments.length === 1) return deployments
  const ready = deployments.filter(({ id }) => !health.isCooling(id))
  if (ready.length === 0)
    throw new GatewayError(
      'upstream_unavailable',
      'Every deployment of this model is set aside after failures.',
      {
        headers: { 'retry-after': '5' },
      },
    )
  return ready
}

/** By model and endpoint, for as long as the catalog lives: the same request comes again and again. */
const knownPlans = new WeakMap<Catalog, Map<Model, Map<Endpoint, readonly Deployment[]>>>()

/** Every deployment, whether it cools or not. */
function deploymentsOf(named: Named, endpoint: Endpoint, catalog: Catalog): readonly Deployment[] {
  // A caller may pin any vendor's name to a model: only what the catalog itself spells is remembered.
  if (named.vendor !== undefined) return findDeployments(named, endpoint, catalog)
  const ofCatalog = knownPlans.get(catalog) ?? new Map<Model, Map<Endpoint, readonly Deployment[]>>()
  const ofModel = ofCatalog.get(named.model) ?? new Map<Endpoint, readonly Deployment[]>()
  const known = ofModel.get(endpoint)
  if (known) return known
  const found = findDeployments(named, endpoint, catalog)
  knownPlans.set(catalog, ofCatalog.set(named.model, ofModel.set(endpoint, found)))
  return found
}

function findDeployments(named: Named, endpoint: Endpoint, catalog: Catalog): Deployment[] {
  const { model } = named
  const asked = model.endpoints.includes(endpoint) ? endpoint : 'chat.completions'
  const offerings = callable(named, asked, catalog)
  const deployments = offerings.flatMap(offering => deployment(offering, model, endpoint, catalog))
  if (deployments.length > 0) return deployments
  throw new GatewayError(
    'model_unpriced',
    'This model has no price, so its cost cannot be counted. Set one in callmissed.yaml.',
    { param: 'model' },
  )
}

/** Whether a model can be called at this moment at all: what `/v1/models` lists. */
export function isCallable(resolved: Resolved, catalog: Catalog): boolean {
  return callableOfferings(resolved, resolved.model.endpoints, catalog).some(
    offering => (offering.price ?? resolved.model.price) !== undefined,
  )
}

/** A chat model also completes a prompt, and one that only Responses has is chatted with as any other; nothing else is served by another endpoint than the catalog says. */
function isServed({ endpoints }: Model, endpoint: Endpoint): boolean {
  if (endpoints.includes(endpoint)) return true
  const isChat = endpoints.includes('chat.completions') || endpoints.includes('responses')
  return isChat && (endpoint === 'chat.completions' || AS_CHATS.has(endpoint))
}

function callable(named: Named, endpoint: Endpoint, catalog: Catalog): Offering[] {
  const offerings = callableOfferings(named, [endpoint], catalog)
  if (offerings.length > 0) return offerings
  throw withoutVendor(named, catalog)
}

/** The vendor that would be asked first for a model, whatever for. Throws `model_not_found`, which says why there is none. */
export function firstVendor(named: Named, catalog: Catalog): string {
  const { name, model } = named
  const offerings = callableOfferings(named, model.endpoints, catalog)
  if (offerings.length === 0) throw withoutVendor(named, catalog)
  const priced = offerings.find(offering => (offering.price ?? model.price) !== undefined)
  if (!priced) throw notFound(name, 'has no price, so that it cannot be called: callmissed.yaml can set one')
  return priced.vendor
}

function withoutVendor({ name, model }: Named, catalog: Catalog): GatewayError {
  const vendors = model.offerings.map(({ vendor }) => vendor)
  const configured = vendors.filter(vendor => catalog.vendors.has(vendor))
  if (configured.length > 0)
    return notFound(
      name,
      `is served by ${configured.join(', ')}, which this version of the gateway cannot call yet`,
    )
  return notFound(
    name,
    `is in the catalog, but none of its vendors is configured (${vendors.join(', ') || 'it has none'})`,
  )
}

/** Those whose vendor can be asked at one of these endpoints. */
function callableOfferings(
  { model, vendor }: Resolved,
  endpoints: readonly Endpoint[],
  catalog: Catalog,
): Offering[] {
  return model.offerings.filter(offering => {
    const account = catalog.vendors.get(offering.vendor)
    const adapter = account && adapterFor(account, model.endpoints)
    return (
      adapter !== undefined &&
      endpoints.some(endpoint => canServe(adapter, endpoint)) &&
      (vendor ?? offering.vendor) === offering.vendor
    )
  })
}

function deployment(offering: Offering, model: Model, endpoint: Endpoint, catalog: Catalog): Deployment[] {
  const vendor = catalog.vendors.get(offering.vendor)
  const adapter = vendor && adapterFor(vendor, model.endpoints)
  const price = offering.price ?? model.price
  if (!vendor || !adapter || !price) return []
  const id = `${vendor.name}/${offering.model}`
  const hidesReasoning = model.capabilities.has('reasoning')
  const { contextWindow, maxOutputTokens, capabilities } = model
  return [
    {
      id,
      vendor,
      model: offering.model,
      adapter,
      price,
      hidesReasoning,
      contextWindow,
      maxOutputTokens,
      capabilities,
      asChat: endpoint !== 'chat.completions' && !model.endpoints.includes(endpoint),
    },
  ]
}
