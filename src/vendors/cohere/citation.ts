import { isObject } from '../../lib/object'

/** A citation in OpenAI's shape: its places in the answer, and the first source; undefined where it is none. */
export function citationOf(value: unknown): Record<string, unknown> | undefined {
  if (!isObject(value) || typeof value.start !== 'number' || typeof value.end !== 'number') return undefined
  const sources = Array.isArray(value.sources) ? value.sources : []
  const source: unknown = sources[0]
  const document = isObject(source) && isObject(source.document) ? source.document : {}
  const id = isObject(source) && typeof source.id === 'string' ? source.id : ''
  const url = typeof document.url === 'string' ? document.url : id
  const title = typeof document.title === 'string' ? document.title : id
  return {
    type: 'url_citation',
    url_citation: { url, title, start_index: value.start, end_index: value.end },
  }
}
