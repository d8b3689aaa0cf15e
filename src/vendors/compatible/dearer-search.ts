import { isObject } from '../../lib/object'

/** What a search is unless the caller says otherwise, by Perplexity's words for it: a rate for requests is of this one. */
const USUAL: Readonly<Record<string, unknown>> = { search_context_size: 'low', search_type: 'fast' }

/** Names what makes a search at Perplexity dearer than its usual one; undefined where nothing does. */
export function dearerSearch({ web_search_options: options }: Record<string, unknown>): string | undefined {
  if (!isObject(options)) return undefined
  const dearer = Object.entries(USUAL).find(([name, usual]) => (options[name] ?? usual) !== usual)
  return dearer && `web_search_options.${dearer[0]}`
}
