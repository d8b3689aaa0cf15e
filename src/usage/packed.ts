import type { Usage } from '../wire/usage'

/**
 * Lists members of an interface, and does not compile unless it lists all of them. What is packed is found again by its
 * place: a list may be added to at its end, and never put in another order.
 */
function membersOf<T>() {
  return <const Names extends readonly (keyof T & string)[]>(
    names: Names & (Exclude<keyof T, Names[number]> extends never ? unknown : never),
  ): readonly (keyof T & string)[] => names
}

export const USAGE = membersOf<Usage>()([
  'inputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'outputTokens',
  'reasoningTokens',
  'audioInputTokens',
  'audioOutputTokens',
  'imageInputTokens',
  'imageOutputTokens',
  'audioSeconds',
  'characters',
  'images',
])

/** An object's values in the order of the names: half the bytes of its JSON are names. */
export function pack<T>(names: readonly (keyof T)[], object: T): unknown[] {
  return names.map(name => object[name])
}

/** The object again; a name that was added since is absent. Throws TypeError for what is no list. */
export function unpack<T>(names: readonly (keyof T)[], values: readonly unknown[]): T {
  if (!Array.isArray(values)) throw new TypeError('a packed object is a list')
  const entries = values.slice(0, names.length).map((value, index) => [names[index], value])
  return Object.fromEntries(entries) as T
}
