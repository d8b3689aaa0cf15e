import { isObject } from '../lib/object'

/** Members that have a vendor search or read for the model, which it bills by the call, and whether a value asks for that. */
const ASKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  web_search_options: () => true,
  search_parameters: value => !isObject(value) || value.mode !== 'off',
  enable_search: Boolean,
  plugins: value => !Array.isArray(value) || value.some(isBilled),
}

/** Whoever searches, fetches or calls by itself has its model read all of it again after each round: ten times at most at Anthropic. */
export const MOST_READINGS = 10

/** Their names: each vendor knows some. */
export const BUYING: readonly string[] = Object.keys(ASKS)

/** The first of these members that asks for what is billed by the call. */
export function boughtIn(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[] = BUYING,
): string | undefined {
  return names.find(name => given[name] !== undefined && given[name] !== null && ASKS[name]?.(given[name]))
}

/** They mend and shorten, and cost nothing. */
const FREE_PLUGINS = new Set<unknown>(['response-healing', 'context-compression'])

function isBilled(plugin: unknown): boolean {
  return !isObject(plugin) || (plugin.enabled !== false && !FREE_PLUGINS.has(plugin.id))
}

/** The first tool that is neither the caller's function nor its custom tool: whoever knows it runs it, and bills it by the call. */
export function vendorToolIn(tools: unknown): string | undefined {
  if (!Array.isArray(tools)) return undefined
  const index = tools.findIndex(tool => isObject(tool) && !CALLERS_OWN.has(tool.type))
  return index === -1 ? undefined : `tools[${index}].type`
}

/** Without a type it is the vendor's to refuse. */
const CALLERS_OWN = new Set<unknown>(['function', 'custom', undefined])
