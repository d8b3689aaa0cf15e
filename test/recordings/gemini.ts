import type { Json } from './json'
import type { Said } from './said'

/** What Gemini says, found in its chunks or its whole answer without our readers. */
export function saidInContents(bodies: readonly Json[]): Said {
  const candidates: Json[] = bodies.flatMap(({ candidates: all }) => all?.[0] ?? [])
  const parts: Json[] = candidates.flatMap(({ content }) => content?.parts ?? [])
  const joined = (isThought: boolean) =>
    parts.map(({ text = '', thought = false }) => (thought === isThought ? text : '')).join('')
  const calls = callsIn(parts.flatMap(({ functionCall }) => functionCall ?? []))
  const native = candidates.findLast(({ finishReason }) => finishReason)?.finishReason
  const usage = bodies.findLast(body => body.usageMetadata?.promptTokenCount !== undefined)?.usageMetadata
  return {
    text: joined(false),
    reasoning: joined(true),
    refusal: '',
    calls,
    finish: native === 'MAX_TOKENS' ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop',
    figures: {
      input: usage.promptTokenCount + (usage.toolUsePromptTokenCount ?? 0),
      cached: usage.cachedContentTokenCount ?? 0,
      output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
      reasoning: usage.thoughtsTokenCount ?? 0,
    },
  }
}

/** A name begins a call; what comes without one belongs to the call before it. */
function callsIn(pieces: readonly Json[]): Said['calls'] {
  const calls: { name: string; arguments: Json }[] = []
  for (const { name, args = {}, partialArgs = [] } of pieces) {
    if (name) calls.push({ name, arguments: structuredClone(args) })
    for (const piece of partialArgs) put(calls.at(-1)!.arguments, piece)
  }
  return calls
}

/** Sets what stands at a path such as `$.items[0].name`; a text that is there already goes on. */
function put(root: Json, { jsonPath, stringValue, numberValue, boolValue }: Json): void {
  const keys = String(jsonPath)
    .slice(1)
    .match(/[^.[\]]+/g)!
  const last = keys.pop()!
  let at = root
  for (const [index, key] of keys.entries()) {
    at[key] ??= /^\d+$/.test(keys[index + 1] ?? last) ? [] : {}
    at = at[key]
  }
  at[last] = stringValue === undefined ? (numberValue ?? boolValue ?? null) : (at[last] ?? '') + stringValue
}
