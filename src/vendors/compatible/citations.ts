import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'

/** Perplexity's and xAI's sources, which stand beside the answer, as OpenAI's annotations. */
export function citationsOf({ citations, search_results: results }: Record<string, unknown>): ChatEvent[] {
  if (!Array.isArray(citations)) return []
  const titles = new Map(
    (Array.isArray(results) ? results : [])
      .filter(isObject)
      .flatMap(({ url, title }) => (typeof url === 'string' ? [[url, title] as const] : [])),
  )
  return citations
    .filter(url => typeof url === 'string')
    .map(url => ({
      kind: 'citation',
      choice: 0,
      annotation: {
        type: 'url_citation',
        url_citation: { url, title: titles.get(url) ?? '', start_index: 0, end_index: 0 },
      },
    }))
}
