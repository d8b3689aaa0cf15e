import { type ModelRules, rulesOf } from '../anthropic/model-rules'

/** Whose model stands behind an id: the cloud's own members differ by that. */
export type ModelFamily =
  | { kind: 'claude'; rules: ModelRules; nativeJson: boolean }
  | { kind: 'gpt-oss' | 'gpt' | 'nova' | 'mistral' | 'other' }

/** Claude's own schemas are not to be had here for the newer models. */
const NATIVE_JSON = /claude-(?:opus|sonnet|haiku)-4-[56]/

/** The family of a model by its id at the cloud, regional prefixes included. */
export function familyOf(model: string): ModelFamily {
  const id = model.toLowerCase()
  if (id.includes('claude')) return { kind: 'claude', rules: rulesOf(id), nativeJson: NATIVE_JSON.test(id) }
  if (id.includes('gpt-oss')) return { kind: 'gpt-oss' }
  if (/(?:^|\.)openai\./.test(id)) return { kind: 'gpt' }
  if (id.includes('nova-2')) return { kind: 'nova' }
  return { kind: /(?:^|\.)mistral\./.test(id) ? 'mistral' : 'other' }
}
