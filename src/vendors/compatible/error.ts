import { isObject } from '../../lib/object'
import { readError } from '../openai/error'
import { type VendorError, wordIn } from '../vendor-error'

/**
 * OpenAI's envelope and what the family has in its place: xAI's text beside a code, Mistral's list of faults, MiniMax's
 * `base_resp`. `codes` says what a vendor's own codes mean.
 */
export function readCompatibleError(
  body: unknown,
  codes: Readonly<Record<string, string>> = {},
): VendorError {
  const said = isObject(body) && isObject(body.base_resp) ? baseError(body.base_resp) : readError(body)
  if (!isObject(body)) return said
  const waitMs = waitIn(said.message)
  if (waitMs !== undefined) said.waitMs = waitMs
  const [fault] = faultsIn(body)
  if (fault) return { ...said, message: fault.message ?? said.message, param: fault.param }
  const code = said.code ?? wordIn(body.code)
  return { ...said, code: codes[code ?? ''] ?? code, type: said.type ?? wordIn(body.type) }
}

/** Groq, and OpenAI's imitators, say in a sentence how long to wait. */
function waitIn(message: string | null): number | undefined {
  const found = /try again in (\d+(?:\.\d+)?)(ms|s)\b/i.exec(message ?? '')
  return found ? Math.ceil(Number(found[1]) * (found[2] === 's' ? 1000 : 1)) : undefined
}

/** What a chunk or an answer says instead of being one: undefined if it is one. */
export function failureIn(chunk: Record<string, unknown>): unknown {
  if (chunk.error || chunk.object === 'error' || isFailed(chunk.base_resp)) return chunk
  const { x_groq: own, choices } = chunk
  if (isObject(own) && own.error) return { error: own.error }
  if (Array.isArray(choices))
    for (const choice of choices) if (isObject(choice) && choice.error) return { error: choice.error }
  return undefined
}

/** MiniMax says whether it failed beside every answer. */
function isFailed(said: unknown): boolean {
  return isObject(said) && typeof said.status_code === 'number' && said.status_code !== 0
}

function baseError(said: Record<string, unknown>): VendorError {
  return { message: wordIn(said.status_msg), type: null, code: wordIn(said.status_code), param: null }
}

/** `detail: [{loc, msg}]`, as servers in Python give it, bare or under `message`. */
function faultsIn({
  detail,
  message,
}: Record<string, unknown>): { message: string | null; param: string | null }[] {
  const faults = Array.isArray(detail) ? detail : isObject(message) ? message.detail : undefined
  if (!Array.isArray(faults)) return []
  return faults.filter(isObject).map(({ loc, msg }) => ({
    message: wordIn(msg),
    param: Array.isArray(loc) ? pathOf(loc) : null,
  }))
}

/** `body` is where all of them begin. */
function pathOf(loc: readonly unknown[]): string | null {
  const path = loc.filter(step => step !== 'body')
  if (path.length === 0) return null
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`))
    .join('')
}
