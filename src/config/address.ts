import { isIP } from 'node:net'

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i

/** Whether a text can be listened on or stand in `Host`: a name or an IP address, without port or brackets. */
export function isHost(text: string): boolean {
  return isIP(text) !== 0 || HOST_NAME.test(text)
}

/** Whether it is an IP address, which needs no mention in ALLOWED_HOSTS. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0
}

/** A browser's origin as it writes it ("https://app.example"); undefined for anything else. */
export function parseOrigin(text: string): string | undefined {
  if (text === '*') return text
  const url = parseUrl(text, ['http:', 'https:'])
  return url && !url.username && text.replace(/\/$/, '').toLowerCase() === url.origin ? url.origin : undefined
}

/** A URL of one of these schemes with a host, or undefined. */
export function parseUrl(text: string, protocols: readonly string[]): URL | undefined {
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return protocols.includes(url.protocol) ? url : undefined
}

/** A vendor's base URL without its trailing slashes, or what is wrong with it. Never quotes what may hold a secret. */
export function parseBaseUrl(text: string): { url: string } | { fault: string } {
  const url = parseUrl(text, ['http:', 'https:'])
  if (!url?.hostname) return { fault: 'a text that is no http(s) URL' }
  if (url.username || url.password) return { fault: 'a URL with credentials in it' }
  if (text.includes('?') || text.includes('#')) return { fault: 'a URL with a query or a fragment' }
  return { url: (url.origin + url.pathname).replace(/\/+$/, '') }
}
