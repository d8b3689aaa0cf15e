import type { ChatEvent } from '../../wire/chat-event'

/** A citation as one of OpenAI's annotations: of a page of the web, or by its own name for what OpenAI has no word for. */
export function citationEvent(citation: unknown, startIndex: number, endIndex: number): ChatEvent[] {
  if (typeof citation !== 'object' || citation === null) return []
  const { type, ...given } = citation as Record<string, unknown>
  if (typeof type !== 'string') return []
  const url = given.url ?? given.source
  if (typeof url === 'string' && /^https?:/.test(url)) {
    const page = { url, title: given.title ?? '', start_index: startIndex, end_index: endIndex }
    return [{ kind: 'citation', choice: 0, annotation: { type: 'url_citation', url_citation: page } }]
  }
  return [{ kind: 'citation', choice: 0, annotation: { type, [type]: given } }]
}
