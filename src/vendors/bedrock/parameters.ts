import * as field from '../../wire/field'

/**
 * What becomes of the members of a chat request that are not one of ChatBody's: `mapped` elsewhere in this folder,
 * `dropped` since they are harmless and mean nothing to this vendor, `refused` since the answer would not be what was
 * asked for. A member that is not here is nobody's: dropped by name.
 */
export const OTHER_PARAMETERS = {
  top_k: 'mapped',
  metadata: 'mapped',
  guardrail_config: 'mapped',
  prompt_cache_key: 'dropped',
  prompt_cache_options: 'dropped',
  prompt_cache_retention: 'dropped',
  logit_bias: 'dropped',
  prediction: 'dropped',
  verbosity: 'dropped',
  store: 'dropped',
  moderation: 'refused',
  audio: 'refused',
  web_search_options: 'refused',
} as const satisfies Record<string, 'mapped' | 'dropped' | 'refused'>

/** Names what is dropped. Throws `unsupported_parameter` naming what cannot be had here. */
export function droppedOf(rest: Record<string, unknown>): string[] {
  return Object.entries(rest).flatMap(([name, value]) => {
    if (name === 'modalities') return assertText(value)
    const fate = (OTHER_PARAMETERS as Record<string, string>)[name]
    if (fate === 'refused') throw field.unsupported(name, 'this model has nothing of the kind')
    return fate === 'mapped' ? [] : [name]
  })
}

function assertText(value: unknown): [] {
  const isText = Array.isArray(value) && value.every(modality => modality === 'text')
  if (!isText) throw field.unsupported('modalities', 'this model answers with text alone')
  return []
}
