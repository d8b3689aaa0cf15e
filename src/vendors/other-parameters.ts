import * as field from '../wire/field'

/**
 * What becomes at one vendor of the members of a chat request that are not one of ChatBody's: `mapped` elsewhere in its
 * folder, `dropped` since they are harmless and mean nothing there, `refused` since the answer would not be what was asked
 * for. A member that is not here is nobody's: dropped by name.
 */
export type OtherParameters = Readonly<Record<string, 'mapped' | 'dropped' | 'refused'>>

/** What becomes of OpenAI's own members where a dialect has nothing like them. */
export const OPENAI_ALONE = {
  prompt_cache_key: 'dropped',
  prompt_cache_options: 'dropped',
  prompt_cache_retention: 'dropped',
  logit_bias: 'dropped',
  prediction: 'dropped',
  verbosity: 'dropped',
  store: 'dropped',
  metadata: 'dropped',
  moderation: 'refused',
  audio: 'refused',
  web_search_options: 'refused',
} as const satisfies OtherParameters

/** Names what is dropped. Throws `unsupported_parameter` naming what cannot be had at this vendor. */
export function droppedOf(rest: Record<string, unknown>, parameters: OtherParameters): string[] {
  return Object.entries(rest).flatMap(([name, value]) => {
    if (name === 'modalities') return assertText(value)
    const fate = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (fate === 'refused') throw field.unsupported(name, 'this model has nothing of the kind')
    return fate === 'mapped' ? [] : [name]
  })
}

function assertText(value: unknown): [] {
  const isText = Array.isArray(value) && value.every(modality => modality === 'text')
  if (!isText) throw field.unsupported('modalities', 'this model answers with text alone')
  return []
}
