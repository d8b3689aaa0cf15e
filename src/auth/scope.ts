export const INFERENCE_SCOPES = ['llm', 'embeddings', 'stt', 'tts', 'images', 'moderations'] as const
const MANAGEMENT_SCOPES = ['usage:read', 'keys:read', 'keys:write'] as const
/** Everything that a key may be allowed, in the order in which it is shown. */
export const SCOPES = [...INFERENCE_SCOPES, ...MANAGEMENT_SCOPES] as const

export type Scope = (typeof SCOPES)[number]
export type ManagementScope = (typeof MANAGEMENT_SCOPES)[number]

/** There are 512 lists at most, so keys share them. */
const shared = new Map<string, readonly Scope[]>()

/** The scopes among these names, each once and in order; a name that is none (of a newer version) allows nothing. */
export function toScopes(names: readonly string[]): readonly Scope[] {
  const scopes = SCOPES.filter(scope => names.includes(scope))
  const id = scopes.join(' ')
  const known = shared.get(id)
  if (known) return known
  shared.set(id, Object.freeze(scopes))
  return scopes
}
