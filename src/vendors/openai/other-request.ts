import { type JsonRequest, memberEdit } from '../../wire/json-request'
import { type Edit, splice } from '../../wire/splice'
import type { UpstreamRequest } from '../adapter'
import type { Vendor } from '../vendor'
import { headersFor } from './headers'

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
  const isAsWritten = request.model === model && members.spans.has('model')
  const renamed = isAsWritten ? [] : [memberEdit(members, 'model', JSON.stringify(model))]
  return {
    url: `${vendor.baseUrl}${resource}`,
    headers: headersFor(vendor, stream ? 'text/event-stream' : '*/*'),
    body: splice(body, [...renamed, ...edits]),
  }
}
