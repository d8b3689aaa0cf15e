import { describe, expect, test } from 'bun:test'
import { VENDORS } from '../../src/catalog/vendors'
import { adapterFor } from '../../src/vendors/adapter'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../src/vendors/vendor'
import { readChatBody } from '../../src/wire/read-chat-body'
import { jsonRecorded, type RecordedSet, recorded } from '../recorded'
import { DIALECTS, type Json } from './recorded-chats'

/*
 * What a vendor once took is what we send it: a recorded request, told as the chat that its sender meant, becomes that request
 * again. What we always say otherwise is named, and nothing else may differ.
 */

const SETS: [RecordedSet, vendor?: string][] = [
  ['chats of the family'],
  ['a chat of OpenRouter', 'openrouter'],
  ['answers of Gemini'],
  ['streams of Gemini'],
  ['calls at Vertex'],
  ['answers of Bedrock'],
  ['streams of Bedrock'],
  ['streams of Cohere'],
  ['responses of OpenAI', 'openai-responses'],
]

const vendorOf = (path: string) => {
  const folder = path.split('/')[1]!
  return folder === 'kimi' ? 'moonshot' : folder
}

const cases = SETS.flatMap(([set, vendor]) =>
  recorded(set).map(path => ({
    path,
    vendor: vendor ?? vendorOf(path),
    request: jsonRecorded<Json>(path.replace(/\.res\.\w+$/, '.req.json')),
    url: jsonRecorded<{ url: string }>(path.replace(/\.res\.\w+$/, '.meta.json')).url,
  })),
)

function accountOf(name: string): Vendor {
  const isResponses = name === 'openai-responses'
  const facts = VENDORS.find(vendor => vendor.name === (isResponses ? 'openai' : name))!
  return {
    ...facts,
    credential: 'secret',
    headers: {},
    timeouts: DEFAULT_TIMEOUTS,
    aws: { region: 'us-east-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    google: { project: 'p', location: 'us-east5' },
  }
}

describe.skipIf(cases.length === 0)('recorded requests (skipped where ../shared is absent)', () => {
  for (const { path, vendor, request, url } of cases)
    test(`${path}: its request is made again`, () => {
      const account = accountOf(vendor)
      const { chatOf, otherwise = whole => whole } = DIALECTS[vendor] ?? DIALECTS.family!
      const { model, ...chat } = chatOf(request, url)
      const endpoints = vendor === 'openai-responses' ? ['responses'] : ['chat.completions']
      const { translation } = adapterFor(account, endpoints)!
      const target = {
        vendor: account,
        model: String(model),
        maxOutputTokens: null,
        capabilities: new Set<string>(),
      }
      const sent = translation!.request(
        readChatBody(Buffer.from(JSON.stringify({ model: 'm', ...chat }))),
        target,
      )
      expect(JSON.parse(Buffer.from(sent.body).toString())).toEqual(otherwise(request))
      expect(sent.dropped).toEqual([])
    })
})
