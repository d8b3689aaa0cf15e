/** Where connections go: a host, its port, and what TLS must prove. */
export interface Origin {
  /** Scheme, name and port: equal for what may share connections. */
  key: string
  /** What `Host` says. */
  host: string
  /** A name or an IP address, without brackets. */
  hostname: string
  port: number
  isTls: boolean
}

export interface Destination {
  origin: Origin
  /** Path and query. */
  target: string
}

/** Reads an http(s) URL; undefined for anything else, or for one with a blank or control character in it. */
export function readUrl(text: string): Destination | undefined {
  if (/[^\x21-\x7e]/.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username || url.password)
    return undefined
  const isTls = url.protocol === 'https:'
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port) || (isTls ? 443 : 80)
  return {
    origin: { key: url.origin, host: url.host, hostname, port, isTls },
    target: url.pathname + url.search,
  }
}
