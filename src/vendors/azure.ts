import type { CompatibleFacts } from './compatible/facts'
import { SHORT_ID } from './openai/long-ids'
import { fittingToolId } from './tool-id'
import type { Vendor } from './vendor'

/**
 * OpenAI's dialect at an address of the account's own, with a key in a header of its own. A first chunk without choices
 * tells of the prompt's filters. A dated `api_version` means the older address, which names the deployment.
 */
export const azure: CompatibleFacts = {
  hasDeveloper: true,
  takesN: true,
  takesMedia: true,
  takesAllTools: true,
  hasOthers: true,
  buys: ['web_search_options'],
  renames: { max_tokens: 'max_completion_tokens' },
  toolId: id => fittingToolId(id, SHORT_ID),
  headers: ({ credential }) => ({ 'api-key': credential }),
  url: ({ baseUrl, apiVersion }: Vendor, model, resource) => {
    const version = apiVersion === undefined ? '' : `?api-version=${encodeURIComponent(apiVersion)}`
    if (!/^\d{4}-\d\d-\d\d/.test(apiVersion ?? '')) return `${baseUrl}${resource}${version}`
    const root = baseUrl.replace(/(?:\/openai)?(?:\/v1)?$/, '')
    return `${root}/openai/deployments/${encodeURIComponent(model)}${resource}${version}`
  },
}
