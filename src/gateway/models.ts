import { Elysia } from 'elysia'
import { assertActive, identify } from '../auth/caller'
import type { Model } from '../catalog/model'
import { isCallable } from '../routing/plan'
import { notFound, resolve } from '../routing/resolve'
import type { GatewayDeps } from './deps'
import { modelsDocs } from './models-docs'

/** `GET /v1/models` and `GET /v1/models/{id}`: what this key can call now, in OpenAI's shape. Ids may hold slashes. */
export function models(deps: GatewayDeps) {
  return new Elysia()
    .get(
      '/v1/models',
      async ({ request }) => {
        await authorise(request, deps)
        const data = callable(deps).map(wireModel)
        return Response.json({ object: 'list', data })
      },
      { detail: modelsDocs.list },
    )
    .get(
      '/v1/models/*',
      async ({ request, params }) => {
        await authorise(request, deps)
        return Response.json(wireModel(find(decoded(params['*']), deps)))
      },
      { detail: modelsDocs.find },
    )
}

async function authorise(request: Request, { keyring, clock }: GatewayDeps): Promise<void> {
  assertActive(await identify(request.headers, keyring), clock.date())
}

function callable({ catalog }: GatewayDeps): Model[] {
  return [...catalog.models.values()].filter(model => isCallable({ model, vendor: undefined }, catalog))
}

/** What is no percent-encoding stays as it is: no model has such a name. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function find(name: string, { catalog }: GatewayDeps): Model {
  const resolved = resolve(name, catalog)
  if (!isCallable(resolved, catalog)) throw notFound(name)
  return resolved.model
}

function wireModel(model: Model) {
  const created = Date.parse(model.releasedOn ?? '1970-01-01') / 1000
  return { id: model.id, object: 'model', created, owned_by: model.offerings[0]?.vendor ?? 'callmissed' }
}
