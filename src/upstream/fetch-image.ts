import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { GatewayError } from '../errors'
import { imageType } from './image-type'
import { isPublicAddress } from './public-address'

export interface Image {
  mediaType: string
  bytes: Uint8Array
}

export interface FetchImageDeps {
  /** Every address of a name. */
  resolve: (host: string) => Promise<string[]>
  /** Whether an address may be dialled. */
  isPublic: (address: string) => boolean
  /** Whether a port may be dialled; empty for https' own. */
  allowsPort: (port: string) => boolean
  /** Certificates to trust besides the system's. */
  ca?: string
}

const MOST_BYTES = 20 * 1024 * 1024
const MOST_REDIRECTS = 3
const TOTAL_MS = 10_000
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** What the running gateway resolves and dials with. */
export const IMAGE_DEPS: FetchImageDeps = {
  resolve: async host => (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address),
  isPublic: isPublicAddress,
  allowsPort: port => port === '',
}

/**
 * Reads an image that a caller names by its address, for a vendor that does not do so itself. The address is the
 * caller's, so it may lead nowhere but the internet: https alone, the name is resolved once, every one of its addresses
 * must be public, and the one that was checked is dialled; so again after each of 3 redirects. 20 MB, 10 s, and by its
 * first bytes a PNG, JPEG, GIF or WebP. Throws GatewayError `invalid_value` naming `param`; never what the other side said.
 */
export async function fetchImage(
  address: string,
  param: string,
  signal: AbortSignal,
  deps: FetchImageDeps = IMAGE_DEPS,
): Promise<Image> {
  const refuse = (because: string) =>
    new GatewayError('invalid_value', `Invalid '${param}': ${because}.`, { param })
  const until = AbortSignal.any([signal, AbortSignal.timeout(TOTAL_MS)])
  try {
    const response = await follow(address, until, deps, refuse)
    const bytes = await readWhole(response, refuse)
    const mediaType = imageType(bytes)
    if (!mediaType) throw refuse('what stands there is no PNG, JPEG, GIF or WebP image')
    return { mediaType, bytes }
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw refuse(
      until.aborted ? `the image did not come within ${TOTAL_MS / 1000} s` : 'the image could not be fetched',
    )
  }
}

type Refuse = (because: string) => GatewayError

async function follow(
  address: string,
  signal: AbortSignal,
  deps: FetchImageDeps,
  refuse: Refuse,
): Promise<Response> {
  let url = parse(address, undefined, deps, refuse)
  for (let redirects = 0; ; redirects++) {
    const response = await dial(url, signal, deps, refuse)
    if (response.ok) return response
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (!REDIRECTS.has(response.status) || location === null)
      throw refuse(`the image's address answered ${response.status}`)
    if (redirects === MOST_REDIRECTS) throw refuse('the image is redirected too often')
    url = parse(location, url, deps, refuse)
  }
}

function parse(address: string, base: URL | undefined, deps: FetchImageDeps, refuse: Refuse): URL {
  const url = URL.parse(address, base?.href)
  if (url?.protocol !== 'https:') throw refuse('images are fetched over https alone')
  if (url.username !== '' || url.password !== '') throw refuse('an address with a user name is not fetched')
  // Other ports are other services: what answers there is nobody's business.
  if (!deps.allowsPort(url.port)) throw refuse('an address with a port is not fetched')
  return url
}

/** One request to the address that was checked, under the name that was asked for. */
async function dial(url: URL, signal: AbortSignal, deps: FetchImageDeps, refuse: Refuse): Promise<Response> {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = isIP(name) ? [name] : await deps.resolve(name)
  const [address] = addresses
  if (address === undefined || !addresses.every(deps.isPublic))
    throw refuse('its host is not on the public internet')
  const target = new URL(url)
  target.hostname = address.includes(':') ? `[${address}]` : address
  return fetch(target, {
    headers: { host: url.host, accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'CallMissed' },
    redirect: 'manual',
    signal,
    keepalive: false,
    tls: { ...(isIP(name) ? {} : { serverName: name }), ...(deps.ca !== undefined && { ca: deps.ca }) },
  })
}

async function readWhole(response: Response, refuse: Refuse): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    // Leaving the loop closes the connection.
    if (length > MOST_BYTES) throw refuse(`the image is larger than ${MOST_BYTES / 1024 / 1024} MB`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
