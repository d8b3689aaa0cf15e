import { type JsonRequest, modelSpan } from '../../wire/json-request'
import { type Edit, splice } from '../../wire/splice'
import type { UpstreamRequest } from '../adapter'
import type { Vendor } from '../vendor'

/**
 * The caller's bytes for a resource such as `/embeddings`, with `model` and the given edits replaced. Everything else
 * arrives as it was written.
 */
export function otherRequest(
  resource: string,
  request: JsonRequest,
  edits: readonly Edit[],
  vendor: Vendor,
  model: string,
): UpstreamRequest {
  const { body, members, stream } = request
  const renamed = request.model === model ? [] : [{ ...modelSpan(members), text: JSON.stringify(model) }]
  return {
    url: `${vendor.baseUrl}${resource}`,
    headers: {
      'content-type': 'application/json',
      accept: stream ? 'text/event-stream' : '*/*',
      ...(vendor.credential && { authorization: `Bearer ${vendor.credential}` }),
      ...vendor.headers,
    },
    body: splice(body, [...renamed, ...edits]),
  }
}
