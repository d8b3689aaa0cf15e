const VOCABULARY = [
  'the',
  'vendor',
  'streams',
  'a',
  'word',
  'at',
  'some',
  'pace',
  'café',
  'naïve',
  '世界',
  '😀',
  '"q"',
  'back\\slash',
  '\n',
  'end',
]

/** The text that the default answer makes of a seed, one word a token; the same on both sides of the wire. */
export function words(seed: number, tokens: number): string[] {
  let state = seed >>> 0 || 1
  return Array.from({ length: tokens }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return `${VOCABULARY[state % VOCABULARY.length]} `
  })
}
