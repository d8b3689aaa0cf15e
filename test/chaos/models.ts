import { join } from 'node:path'
import { chat, textOf } from '../vendor/chat'
import type { Call, Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { words } from '../vendor/words'

/** What a caller can ask for, and what its vendor does when it is left. */
export const MODELS = {
  /** Its vendor stops billing when it is cut. */
  'chat-cut': 'plain',
  /** Its vendor bills on, so it is read to its end. */
  'chat-drain': 'plain',
  /** Its first deployment answers 503. */
  'chat-second': 'plain',
  /** Its first deployment answers 200 and breaks off before its first event: it may bill the prompt. */
  'chat-again': 'plain',
  /** Tells how much it has used so far with every chunk. */
  'chat-partial': 'scripted',
  /** Breaks off in the middle of the answer. */
  'chat-broken': 'scripted',
} as const
export type ModelName = keyof typeof MODELS

/** Its vendor's answer is always 503. */
export const REFUSING = 'unavailable'

/** Prices of all of them, in pico-dollars a token: $2.50, $0.25, $10 and $12 for a million. */
export const PICO_USD = {
  input: 2_500_000n,
  cachedInput: 250_000n,
  output: 10_000_000n,
  reasoning: 12_000_000n,
}

const PRICE = '{ input: "2.50", cached_input: "0.25", output: "10.00", reasoning: "12.00" }'
const TOKENS = 40
const PACE_MS = 8
const BROKEN_AFTER = 6

/** Writes the `callmissed.yaml` of all models where a gateway with a data folder in `folder` finds it. */
export async function writeChaosConfig(folder: string, vendorUrl: string): Promise<void> {
  const account = (name: string, onDisconnect: string) =>
    `  ${name}: { dialect: openai, base_url: ${vendorUrl}, api_key: none, on_disconnect: ${onDisconnect} }`
  const model = (name: ModelName, ...deployments: string[]) =>
    `  ${name}:\n    deployments: [${deployments.join(', ')}]\n    price: ${PRICE}`
  const at = (vendor: string, id: string) => `{ vendor: ${vendor}, model: ${id} }`
  const lines = [
    'vendors:',
    account('cuts', 'abort'),
    account('bills', 'drain'),
    'models:',
    model('chat-cut', at('cuts', 'chat-cut')),
    model('chat-drain', at('bills', 'chat-drain')),
    model('chat-second', at('bills', REFUSING), at('bills', 'chat-second')),
    model('chat-again', at('bills', 'silent'), at('bills', 'chat-again')),
    model('chat-partial', at('cuts', 'chat-partial')),
    model('chat-broken', at('cuts', 'chat-broken')),
  ]
  await Bun.write(join(folder, 'callmissed.yaml'), `${lines.join('\n')}\n`)
}

/** Tells the vendor what it does for the models that need a script; to be told again after `clear`. */
export async function scriptModels(vendor: Vendor): Promise<void> {
  await vendor.script(REFUSING, [
    { status: 503, headers: { 'content-type': 'application/json' }, framing: 'length' },
    { text: '{"error":{"message":"busy"}}' },
  ])
  await vendor.script('silent', [{ status: 200, headers: { 'content-type': 'text/event-stream' } }])
  await vendor.script('chat-partial', partialSteps())
  await vendor.script(
    'chat-broken',
    chat({ tokens: TOKENS, paceMs: PACE_MS, cut: { after: BROKEN_AFTER, how: 'reset' } }),
  )
}

/** The text of the tokens that the vendor has sent, or thought, in a stream. */
export function sentText({ model, body, tokens }: Call): string {
  if (MODELS[model as ModelName] === 'scripted' || body === null) return textOf({ tokens })
  const { x_seed: seed = 1 } = JSON.parse(body.toString()) as { x_seed?: number }
  return words(seed, tokens).join('')
}

/** A stream in which each chunk's `usage` is what was used until then. */
function partialSteps(): Step[] {
  let spoken = 0
  return chat({ tokens: TOKENS, paceMs: PACE_MS }).map(step => {
    if (!('chunk' in step) || !step.chunk.includes('"content":"word')) return step
    spoken += 1
    const usage = `{"prompt_tokens":12,"completion_tokens":${spoken},"total_tokens":${12 + spoken}}`
    return { ...step, chunk: step.chunk.replace('"usage":null', `"usage":${usage}`) }
  })
}
