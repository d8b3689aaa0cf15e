import { describe, expect, test } from 'bun:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { signed } from '../../../src/vendors/bedrock/sign'
import { ACCOUNT } from './ask'

const NOW = Date.UTC(2026, 10, 29, 11, 0, 0)
const aws = { region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' }
const body = Buffer.from('{"messages":[{"role":"user","content":[{"text":"été"}]}],"inferenceConfig":{}}')
const requestTo = (model: string) => ({
  url: `${ACCOUNT.baseUrl}/model/${encodeURIComponent(model)}/converse-stream`,
  headers: { 'content-type': 'application/json', accept: 'application/vnd.amazon.eventstream' },
  body,
})

/** The same by AWS's own signer. */
async function byAws(model: string, sessionToken?: string): Promise<string | undefined> {
  const signer = new SignatureV4({
    service: 'bedrock',
    region: aws.region,
    credentials: { ...aws, ...(sessionToken && { sessionToken }) },
    sha256: Sha256,
    applyChecksum: false,
  })
  const { hostname, pathname } = new URL(ACCOUNT.baseUrl + requestTo(model).url.slice(ACCOUNT.baseUrl.length))
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname,
      path: pathname,
      headers: { ...requestTo(model).headers, host: hostname, 'content-length': String(body.length) },
      body,
    },
    { signingDate: new Date(NOW) },
  )
  return headers.authorization
}

describe.each([
  'amazon.nova-lite-v1:0',
  'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0',
])('%s', model => {
  test('is signed as AWS’s own signer signs it', async () => {
    const { headers, url } = signed(requestTo(model), { ...ACCOUNT, aws }, NOW)
    expect(headers.authorization).toBe((await byAws(model)) ?? 'AWS signed nothing')
    expect(headers['x-amz-date']).toBe('20261129T110000Z')
    expect(url).toBe(requestTo(model).url)
    expect(headers).not.toHaveProperty('host')
  })

  test('is signed with a session’s token', async () => {
    const sessionToken = 'FwoGZXIvYXdzE/+=='
    const { headers } = signed(requestTo(model), { ...ACCOUNT, aws: { ...aws, sessionToken } }, NOW)
    expect(headers.authorization).toBe((await byAws(model, sessionToken)) ?? 'AWS signed nothing')
    expect(headers['x-amz-security-token']).toBe(sessionToken)
  })
})

test('an account with a bearer token is not signed, and the secret is never sent', () => {
  const { aws: _, ...bearer } = ACCOUNT
  expect(signed(requestTo('m'), bearer, NOW)).toEqual(requestTo('m'))
  expect(JSON.stringify(signed(requestTo('m'), { ...ACCOUNT, aws }, NOW).headers)).not.toContain(
    aws.secretAccessKey,
  )
})
