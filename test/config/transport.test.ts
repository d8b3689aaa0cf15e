import { expect, test } from 'bun:test'
import { loadGood } from './read'

const PLAIN = 'vendors:\n  acme: { dialect: openai, base_url: "http://10.0.0.1/v1" TRANSPORT }\n'
const transport = (file: string, environment: Record<string, string> = {}) =>
  loadGood(environment, file).vendors.map(vendor => vendor.transport)

test('a vendor is reached by our own client unless its account says fetch', () => {
  for (const [said, expected] of [
    ['', undefined],
    [', transport: auto', undefined],
    [', transport: fetch', 'fetch'],
  ] as const)
    expect(transport(PLAIN.replace(' TRANSPORT', said))).toEqual([expected])
})

test('a proxy of the environment is used by the vendors of its scheme, those of the environment included', () => {
  const file = PLAIN.replace(' TRANSPORT', '')
  const tls = file.replace('http:', 'https:')
  for (const name of ['HTTP_PROXY', 'http_proxy']) {
    expect(transport(file, { [name]: 'http://proxy:3128' })).toEqual(['fetch'])
    expect(transport(tls, { [name]: 'http://proxy:3128' })).toEqual([undefined])
  }
  for (const name of ['HTTPS_PROXY', 'https_proxy']) {
    expect(transport(tls, { [name]: 'http://proxy:3128' })).toEqual(['fetch'])
    expect(transport(file, { [name]: 'http://proxy:3128' })).toEqual([undefined])
    const { vendors } = loadGood({ [name]: 'http://proxy:3128', OPENAI_API_KEY: 'sk-1' }, '')
    expect(vendors.map(vendor => vendor.transport)).toEqual(['fetch'])
  }
  expect(transport(file, { HTTP_PROXY: '' })).toEqual([undefined])
})
