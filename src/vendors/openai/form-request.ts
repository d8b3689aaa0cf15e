import type { Form, OutgoingRequest } from '../adapter'
import type { Vendor } from '../vendor'

/** A form for a resource such as `/audio/transcriptions`. */
export function formRequest(resource: string, { boundary, body }: Form, vendor: Vendor): OutgoingRequest {
  return {
    url: `${vendor.baseUrl}${resource}`,
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      accept: '*/*',
      ...(vendor.credential && { authorization: `Bearer ${vendor.credential}` }),
      ...vendor.headers,
    },
    body,
  }
}
