import { isObject } from '../../lib/object'

/** What a search is unless the caller says otherwise, by Perplexity's words for it: a rate for requests is of this one. */
const USUAL: Readonly<Record<string, unknown>> = { search_context_size: 'low', search_type: 'fast' }

/** Names what makes a search at Perplexity dearer than its usual one; undefined where nothing does. */
export function dearerSearch(given: Record<string, unknown>): string | undefined {
  const { web_search_options: options, search_type: type } = given
  if ((type ?? USUAL.search_type) !== USUAL.search_type) return 'search_type'
  if (options === undefined || options === null) return undefined
  // What is no such thing may mean anything.
  if (!isObject(options)) return 'web_search_options'
  const dearer = Object.entries(USUAL).find(([name, usual]) => (options[name] ?? usual) !== usual)
  return dearer && `web_search_options.${dearer[0]}`
}
