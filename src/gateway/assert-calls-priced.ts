import type { Deployment } from '../routing/plan'
import { unpricedCall } from '../vendors/unpriced'
import { BUYING, boughtIn, vendorToolIn } from '../wire/bought'
import type { ChatRequest } from '../wire/chat-request'
import { JsonReader } from '../wire/json-reader'
import { type Members, memberValue } from '../wire/json-request'

/** They refuse tools that are not the caller's, or run them and bill nothing for it. */
const SELL_NO_TOOLS = new Set(['openai', 'vllm'])

/**
 * For a chat whose bytes pass. Throws `unsupported_parameter` (400) naming the member or tool that has the vendor do what it
 * bills by the call, where the deployment's price has no rate for that.
 */
export function assertCallsPriced({ body, spans }: ChatRequest, { price, vendor }: Deployment): void {
  const { buying, tools } = spans
  if ((!buying && !tools) || price.rates.request !== undefined) return
  const reader = new JsonReader(body)
  const given = [...(buying ?? [])].map(([name, span]) => [name, reader.value(span)])
  const bought = boughtIn(Object.fromEntries(given))
  if (bought) throw unpricedCall(bought)
  if (!tools || SELL_NO_TOOLS.has(vendor.kin ?? vendor.name)) return
  const tool = vendorToolIn(reader.value(tools))
  if (tool) throw unpricedCall(tool)
}

/** The same for a completion of a model that is no chat's. */
export function assertMembersPriced(members: Members, { price }: Deployment): void {
  if (price.rates.request !== undefined) return
  const bought = boughtIn(Object.fromEntries(BUYING.map(name => [name, memberValue(members, name)])))
  if (bought) throw unpricedCall(bought)
}
