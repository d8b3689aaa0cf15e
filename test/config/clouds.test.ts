import { describe, expect, test } from 'bun:test'
import { loadGood, problemsOf } from './read'

const KEYS = 'region: eu-central-1, access_key_id: AKID, secret_access_key: secret/+=1'
const AWS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'ENVAKID', AWS_SECRET_ACCESS_KEY: 'envsecret' }
const bedrock = (text: string) => `vendors:\n  bedrock: {${text}}\n`

describe('bedrock', () => {
  test('is at its region, and signs with the keys of the file', () => {
    const [vendor] = loadGood({}, bedrock(`${KEYS}, session_token: token`)).vendors
    expect(vendor).toMatchObject({
      dialect: 'bedrock',
      baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      credential: '',
      aws: {
        region: 'eu-central-1',
        accessKeyId: 'AKID',
        secretAccessKey: 'secret/+=1',
        sessionToken: 'token',
      },
    })
  })

  test('takes what the file leaves out of the environment', () => {
    const [vendor] = loadGood({ ...AWS, AWS_SESSION_TOKEN: 'envtoken' }, bedrock('')).vendors
    expect(vendor).toMatchObject({
      baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
      aws: {
        region: 'us-east-1',
        accessKeyId: 'ENVAKID',
        secretAccessKey: 'envsecret',
        sessionToken: 'envtoken',
      },
    })
  })

  test('does not mix keys of the file with those of the environment', () => {
    const [vendor] = loadGood({ ...AWS, AWS_SESSION_TOKEN: 'another account’s' }, bedrock(KEYS)).vendors
    expect(vendor?.aws).toEqual({
      region: 'eu-central-1',
      accessKeyId: 'AKID',
      secretAccessKey: 'secret/+=1',
    })
  })

  test('with a bearer token signs nothing', () => {
    const [vendor] = loadGood({}, bedrock('region: eu-central-1, api_key: ABSK')).vendors
    expect(vendor).toMatchObject({ credential: 'ABSK' })
    expect(vendor?.aws).toBeUndefined()
    const [other] = loadGood({ ...AWS, AWS_BEARER_TOKEN_BEDROCK: 'ENVABSK' }, bedrock('')).vendors
    expect([other?.credential, other?.aws]).toEqual(['ENVABSK', undefined])
  })

  test('is not switched on by the environment alone: those variables are there for other reasons too', () => {
    expect(loadGood(AWS).vendors).toEqual([])
  })

  test.each([
    ['region: eu-central-1', ['access_key_id', 'secret_access_key']],
    ['region: eu-central-1, access_key_id: a', ['secret_access_key']],
    ['access_key_id: a, secret_access_key: b', ['region']],
    ['base_url: https://vpce.example, access_key_id: a, secret_access_key: b', ['region']],
    ['region: eu-central-1, access_key_id: a, secret_access_key: "b c"', ['secret_access_key']],
  ])('%s lacks %j', (text, fields) => {
    const problems = problemsOf({}, bedrock(text))
    expect(problems).toHaveLength(fields.length)
    for (const [index, field] of fields.entries())
      expect(problems[index]).toContain(`vendors.bedrock.${field}`)
  })
})

test('azure takes its key, address and version of the environment', () => {
  const [vendor] = loadGood(
    {
      AZURE_OPENAI_BASE_URL: 'https://mine.openai.azure.com/openai/v1',
      AZURE_OPENAI_API_KEY: 'azure-key',
      AZURE_OPENAI_API_VERSION: 'preview',
    },
    'vendors:\n  azure: {}\n',
  ).vendors
  expect(vendor).toMatchObject({
    baseUrl: 'https://mine.openai.azure.com/openai/v1',
    credential: 'azure-key',
    apiVersion: 'preview',
  })
})
