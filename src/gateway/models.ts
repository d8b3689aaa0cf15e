import { Elysia } from 'elysia'
import { assertActive, type Caller, identify } from '../auth/caller'
import { assertModel } from '../auth/permit'
import { allowsModel } from '../auth/rights'
import type { Model } from '../catalog/model'
import { percentDecode } from '../lib/percent-decode'
import { firstVendor, isCallable } from '../routing/plan'
import { notFound, resolve } from '../routing/resolve'
import type { GatewayDeps } from './deps'
import { SCOPE_OF } from './endpoint-scope'
import { modelsDocs } from './models-docs'

/** `GET /v1/models` and `GET /v1/models/{id}`: what this key can call now, in OpenAI's shape. Ids may hold slashes. */
export function models(deps: GatewayDeps) {
  return new Elysia()
    .get(
      '/v1/models',
      async ({ request }) => {
        const caller = await authorise(request, deps)
        const data = callable(caller, deps).map(model => wireModel(model, deps))
        return Response.json({ object: 'list', data })
      },
      { detail: modelsDocs.list },
    )
    .get(
      '/v1/models/*',
      async ({ request, params }) => {
        const caller = await authorise(request, deps)
        const model = find(percentDecode(params['*']) ?? params['*'], deps)
        if (!hasScopeFor(caller, model)) throw notFound(model.id)
        assertModel(caller, model.id)
        return Response.json(wireModel(model, deps))
      },
      { detail: modelsDocs.find },
    )
}

async function authorise(request: Request, { keyring, clock }: GatewayDeps): Promise<Caller> {
  const caller = await identify(request.headers, keyring)
  assertActive(caller, clock.date())
  return caller
}

function callable(caller: Caller, { catalog }: GatewayDeps): Model[] {
  return [...catalog.models.values()].filter(
    model =>
      isCallable({ model, vendor: undefined }, catalog) &&
      hasScopeFor(caller, model) &&
      allowsModel(caller.models, model.id),
  )
}

/** Whether the key may use any endpoint that serves this model. */
function hasScopeFor(caller: Caller, model: Model): boolean {
  return model.endpoints.some(endpoint => caller.scopes.includes(SCOPE_OF[endpoint]))
}

function find(name: string, { catalog }: GatewayDeps): Model {
  const named = resolve(name, catalog)
  firstVendor(named, catalog)
  return named.model
}

function wireModel(model: Model, { catalog }: GatewayDeps) {
  const created = Date.parse(model.releasedOn ?? '1970-01-01') / 1000
  const owned_by = firstVendor({ name: model.id, model, vendor: undefined }, catalog)
  return { id: model.id, object: 'model', created, owned_by }
}
