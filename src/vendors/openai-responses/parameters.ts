import * as field from '../../wire/field'

/**
 * What becomes of the members of a chat request that are not one of ChatBody's: `mapped` under the same or another name,
 * `dropped` since they are harmless and mean nothing here, `refused` since the answer would not be what was asked for. A
 * member that is not here is nobody's: dropped by name.
 */
export const OTHER_PARAMETERS = {
  metadata: 'mapped',
  prompt_cache_key: 'mapped',
  prompt_cache_retention: 'mapped',
  prompt_cache_options: 'mapped',
  verbosity: 'mapped',
  logit_bias: 'dropped',
  prediction: 'dropped',
  store: 'dropped',
  moderation: 'refused',
  audio: 'refused',
  web_search_options: 'refused',
} as const satisfies Record<string, 'mapped' | 'dropped' | 'refused'>

const SAME_NAME = ['metadata', 'prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options'] as const

/** Members that are the same there. */
export function sameMembers(rest: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(SAME_NAME.flatMap(name => (rest[name] === undefined ? [] : [[name, rest[name]]])))
}

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
