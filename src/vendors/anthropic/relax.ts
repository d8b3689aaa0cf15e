import { isObject } from '../../lib/object'
import type { UpstreamRequest } from '../adapter'
import type { TranslatedRequest } from '../translation'

/** Limits of the grammar that strict tools are held by, which only the vendor can tell. */
const TOO_STRICT =
  /compiled grammar is too large|too many strict tools|too many parameters with union types|too many optional parameters/i

/** A request whose tools are too many or too large to be strict, with free ones: better an answer than none. */
export function relax(request: UpstreamRequest, refusal: string): TranslatedRequest | undefined {
  if (!TOO_STRICT.test(refusal)) return undefined
  const body: unknown = JSON.parse(Buffer.from(request.body).toString('utf8'))
  if (!isObject(body) || !Array.isArray(body.tools) || !body.tools.some(isStrict)) return undefined
  const tools = body.tools.map(({ strict: _, ...tool }) => tool)
  const { url, headers } = request
  return {
    url,
    headers,
    body: Buffer.from(JSON.stringify({ ...body, tools })),
    dropped: ['tools.function.strict'],
  }
}

function isStrict(tool: unknown): boolean {
  return isObject(tool) && tool.strict === true
}
