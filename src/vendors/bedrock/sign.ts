import { sign } from 'aws4'
import type { UpstreamRequest } from '../adapter'
import type { Vendor } from '../vendor'

/**
 * The request with AWS's signature (SigV4) of its address, headers and body, made at `dateMs` (milliseconds since 1970).
 * An account with a bearer token needs none.
 */
export function signed(request: UpstreamRequest, { aws }: Vendor, dateMs: number): UpstreamRequest {
  if (!aws) return request
  const { host, pathname, search } = new URL(request.url)
  const date = new Date(dateMs).toISOString().replace(/[:-]|\.\d{3}/g, '')
  const { headers = {} } = sign(
    {
      host,
      method: 'POST',
      path: pathname + search,
      service: 'bedrock',
      region: aws.region,
      headers: { ...request.headers, 'x-amz-date': date },
      body: Buffer.from(request.body.buffer, request.body.byteOffset, request.body.length),
    },
    aws,
  )
  // The transport sends these itself, and sends the same.
  const ours = new Set(['host', 'content-length'])
  const kept = Object.entries(headers).filter(([name]) => !ours.has(name.toLowerCase()))
  return {
    ...request,
    headers: Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), String(value)])),
  }
}
