const SHAPE = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::\d{1,5})?$/
const IP = /^(?:\[.*\]|\d{1,3}(?:\.\d{1,3}){3})$/
/** Names that were accepted are remembered, so that a request costs one look-up. */
const MOST_REMEMBERED = 64

export type HostCheck = (host: string | null) => boolean

/**
 * Decides which `Host` a request may carry: any IP literal, `localhost`, and the names given; `*` takes every
 * well-formed one. Behind a malformed Host Bun's request URL is relative or cannot be parsed, and a router
 * then sees another path, or fails.
 */
export function createHostCheck(names: readonly string[]): HostCheck {
  const allowed = new Set(['localhost', ...names.map(name => name.toLowerCase())])
  const accepted = new Set<string>()
  return host => {
    if (host === null) return false
    if (accepted.has(host)) return true
    const lower = host.toLowerCase()
    if (!SHAPE.test(lower) || !URL.canParse(`http://${lower}/`)) return false
    const name = lower.replace(/:\d+$/, '')
    if (!allowed.has('*') && !IP.test(name) && !allowed.has(name)) return false
    if (accepted.size < MOST_REMEMBERED) accepted.add(host)
    return true
  }
}
