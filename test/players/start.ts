import type { Capability } from '../../src/catalog/model'
import { VENDORS } from '../../src/catalog/vendors'
import { type Vendor as Account, DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { startGateway, type TestGateway } from '../gateway/start-gateway'
import { startVendor, type Vendor } from '../vendor/start'
import { bytesOf, type Step } from '../vendor/step'
import type { Answer, Player } from './answer'
import { anthropic } from './anthropic'
import { azure } from './azure'
import { bedrock } from './bedrock'
import { cohere } from './cohere'
import { gemini } from './gemini'
import { groq } from './groq'
import { openai } from './openai'
import { responses } from './responses'
import { PLACE, vertex } from './vertex'

/** One of each dialect: OpenAI's own, and those that are brought to it. */
export const PLAYERS: readonly Player[] = [
  openai,
  groq,
  anthropic,
  gemini,
  cohere,
  bedrock,
  azure,
  vertex,
  responses,
]

/** Every player behind a gateway of its own, by name; each serves the public model `m`. */
export interface Played {
  vendor: Vendor
  gateways: Map<string, TestGateway>
  /** Answers the player's next calls so, one after another, and forgets what was before. */
  play(player: Player, answers: Answer[], stream: boolean): Promise<void>
  /** Answers by a stream of these words whose connection is lost after the first of them. */
  breakOff(player: Player, words: string[]): Promise<void>
  stop(): Promise<void>
}

/** `capabilities`: what their models can. */
export async function startPlayers(capabilities: Capability[] = ALL): Promise<Played> {
  const vendor = await startVendor()
  const gateways = new Map(PLAYERS.map(player => [player.name, gatewayOf(player, vendor.url, capabilities)]))
  const script = async (player: Player, scripts: Step[][], stream: boolean) => {
    await gateways.get(player.name)!.forgetRecords()
    await vendor.clear()
    const [first, ...more] = scripts
    await vendor.script(player.paths?.[stream ? 1 : 0] ?? player.model, first ?? [], ...more)
  }
  return {
    vendor,
    gateways,
    play: (player, answers, stream) =>
      script(
        player,
        answers.map(answer => player[stream ? 'stream' : 'whole'](answer)),
        stream,
      ),
    async breakOff(player, words) {
      const steps = player.stream({ says: words })
      const at = steps.findIndex(step => bytesOf(step)?.includes(words[0] ?? ''))
      await script(player, [[...steps.slice(0, at + 1), { close: true }]], true)
    },
    async stop() {
      await Promise.all([...gateways.values()].map(gateway => gateway.stop()))
      await vendor.stop()
    },
  }
}

const ALL: Capability[] = ['streaming', 'tools', 'parallel_tools', 'vision', 'json_mode', 'json_schema']

function gatewayOf(player: Player, url: string, capabilities: Capability[]): TestGateway {
  const vendor = player.vendor ?? player.name
  const facts = VENDORS.find(({ name }) => name === vendor)
  if (!facts) throw new Error(`no vendor is called ${vendor}`)
  const { keyVariable: _, ...known } = facts
  const account = ({ credential }: Account): Account => ({
    ...known,
    baseUrl: url,
    credential,
    headers: {},
    timeouts: DEFAULT_TIMEOUTS,
    google: PLACE,
  })
  return startGateway({
    vendors: { [vendor]: url },
    model: { endpoints: [player.endpoint ?? 'chat.completions'] },
    deployment: player.model,
    capabilities,
    account,
  })
}
