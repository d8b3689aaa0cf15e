import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Endpoint } from '../../src/catalog/model'
import { VENDORS } from '../../src/catalog/vendors'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { jsonRecorded, readRecorded, recorded } from '../recorded'
import { cut, HOW_CUT } from '../recordings/wire'
import { startVendor, type Vendor } from '../vendor/start'
import { CREDENTIAL } from './catalog-of'
import { refusalOf } from './start-endpoint'
import { startGateway } from './start-gateway'

/** What the caller gets for each refusal that was recorded of a vendor. */
const TOLD: Record<string, [status: number, code: string | null, param?: string | null]> = {
  'anthropic/err-401': [502, 'upstream_auth_error'],
  'anthropic/err-404': [502, 'upstream_model_not_found'],
  'azure/err-401': [502, 'upstream_auth_error'],
  'azure/err-404-deployment': [502, 'upstream_model_not_found'],
  'azure/err-429': [429, 'upstream_rate_limited'],
  'bedrock/err-400-model': [502, 'upstream_model_not_found'],
  'deepseek/err-400-context': [400, 'context_length_exceeded'],
  'deepseek/err-401': [502, 'upstream_auth_error'],
  'gemini/err-404': [502, 'upstream_model_not_found'],
  'gemini/err-429': [429, 'upstream_rate_limited'],
  'openai/err-400-completions': [400, 'integer_below_min_value', 'max_tokens'],
  'openai/err-400-embeddings': [400, null],
  'openai/err-400-empty-messages': [400, 'empty_array', 'messages'],
  'openai/err-400-responses-model': [502, 'upstream_model_not_found'],
  'openai/err-400-unsupported-value-role': [400, 'unsupported_value', 'messages[0].role'],
  'openai/err-401-invalid-key': [502, 'upstream_auth_error'],
  'openai/err-401-stream-request': [502, 'upstream_auth_error'],
  'openai/err-404-not-chat-model': [502, 'upstream_model_not_found'],
  'openrouter/err-401': [502, 'upstream_auth_error'],
  'perplexity/err-401': [502, 'upstream_auth_error'],
  'vercel-chunks/openai.openai-error.1.json': [502, 'upstream_auth_error'],
  'fixtures/openai--reasoning-model-legacy-parameter-error.json': [
    400,
    'unsupported_parameter',
    'max_tokens',
  ],
}

interface Meta {
  status: number
  url: string
  response_headers: Record<string, string>
}

/** Its name here, and what came with it; of payloads nobody recorded that. */
function refusalIn(path: string) {
  const name = path.replace(/^recordings\//, '').replace(/\.res\.\w+$/, '')
  const isPayload = name.endsWith('.json')
  const meta: Meta = isPayload
    ? { status: name.includes('openai-error') ? 429 : 400, url: '/chat/completions', response_headers: {} }
    : jsonRecorded(path.replace(/\.res\.\w+$/, '.meta.json'))
  const vendor = isPayload ? 'openai' : name.slice(0, name.indexOf('/'))
  return { name, vendor, bytes: readRecorded(path), meta }
}

const refusals = [...recorded('refusals'), ...recorded('payloads of refusals')].map(refusalIn)

const ASK: Record<string, { endpoint: Endpoint; path: string; body: object }> = {
  embeddings: { endpoint: 'embeddings', path: 'embeddings', body: { input: 'x' } },
  completions: { endpoint: 'completions', path: 'completions', body: { prompt: 'x' } },
  // Asked there for a chat with a model that is nowhere else.
  responses: {
    endpoint: 'responses',
    path: 'chat/completions',
    body: { messages: [{ role: 'user', content: 'x' }] },
  },
}
const CHAT = { endpoint: 'chat.completions' as const, path: 'chat/completions', body: ASK.responses!.body }

describe.skipIf(refusals.length === 0)(
  `recorded refusals (${HOW_CUT}; skipped where ../shared is absent)`,
  () => {
    let server: Vendor
    beforeAll(async () => {
      server = await startVendor()
    })
    afterAll(() => server.stop())

    test('each of them is known', () => {
      expect(refusals.map(({ name }) => name).toSorted()).toEqual(Object.keys(TOLD).toSorted())
    })

    for (const { name, vendor, bytes, meta } of refusals)
      test(`${name} (${meta.status}) is told as ${TOLD[name]}`, async () => {
        const { keyVariable: _, ...facts } = VENDORS.find(known => known.name === vendor)!
        const resource = /\/(embeddings|completions|responses)$/.exec(
          meta.url.replace(/chat\/completions$/, ''),
        )?.[1]
        const { endpoint, path, body } = ASK[resource ?? ''] ?? CHAT
        const gateway = startGateway({
          vendors: { [vendor]: server.url },
          model: { endpoints: [endpoint] },
          account: ({ baseUrl }) => ({
            ...facts,
            baseUrl,
            credential: CREDENTIAL,
            headers: { 'x-script': 'refusal' },
            timeouts: DEFAULT_TIMEOUTS,
          }),
        })
        try {
          await server.clear()
          const { 'content-type': type = 'application/json', ...rest } = meta.response_headers
          const waits = Object.entries(rest).filter(([header]) => /retry/.test(header))
          const headers = { 'content-type': type, ...Object.fromEntries(waits) }
          await server.script('refusal', [{ status: meta.status, headers }, ...cut(bytes)])
          const response = await fetch(`${gateway.url}/v1/${path}`, {
            method: 'POST',
            headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
            body: JSON.stringify({ model: 'm', ...body }),
          })
          const [status, code, param = null] = TOLD[name]!
          expect(await refusalOf(response)).toMatchObject({ status, code, param })
          if (status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
          expect(await gateway.record()).toMatchObject({ outcome: 'error', status, costPicoUsd: 0n })
        } finally {
          await gateway.stop()
        }
      })
  },
)
