/**
 * Whether a text is matched whole by a pattern whose `*` stands for any run of characters. Goes through the text once
 * per part between stars and never goes back, so no pattern makes it slow.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return pattern === text
  if (text.length < head.length + tail.length) return false
  if (!text.startsWith(head) || !text.endsWith(tail)) return false
  const end = text.length - tail.length
  let at = head.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/**
 * Whether everything that `inner` matches is matched by `outer` too. A star of the inner one is a letter here that only a
 * star of the outer one takes.
 */
export function coversGlob(outer: string, inner: string): boolean {
  return matchesGlob(outer, inner)
}
