/** Members by which vendors say what is wrong, up to 2,000 characters of each that are whole. In a string their quotes are escaped. */
const SAID =
  /"(message|code|type|param|status|__type)"\s*:\s*"((?:[^"\\\p{Cc}]|\\["\\/bfnrt]|\\u[\da-fA-F]{4}){1,2000})/gu
const ERROR = /"error"\s*:\s*\{/

/**
 * What a vendor's JSON error says that was cut somewhere: the first member of each name, behind `error` where there is one.
 * Undefined where it says no message, or is no JSON.
 */
export function readCutError(text: string): unknown {
  if (!/^[\s[]*\{/.test(text)) return undefined
  const words: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.slice(ERROR.exec(text)?.index ?? 0).matchAll(SAID))
    words[name] ??= JSON.parse(`"${value}"`) as string
  // Some vendors have it in an envelope, some have not.
  return words.message === undefined ? undefined : { ...words, error: words }
}
