import { expect, test } from 'bun:test'
import { readCutError } from '../../src/upstream/cut-error'
import { readError as readBedrock } from '../../src/vendors/bedrock/error'
import { readError as readGemini } from '../../src/vendors/gemini/error'
import { readError } from '../../src/vendors/openai/error'

const ECHO = `"echo":"${'x'.repeat(70_000)}`

test('of an error that was cut its words are told: of what stands behind "error", the first of each name', () => {
  const said = `{"prompt":{"message":"mine","code":"mine"},"error":{"type":"content_policy_violation","code":"content_filter","message":"Blocked: \\"a\\"\\n","inner":{"message":"no","param":"p"},${ECHO}`
  expect(readError(readCutError(said))).toMatchObject({
    message: 'Blocked: "a"\n',
    type: 'content_policy_violation',
    code: 'content_filter',
    param: 'p',
  })
})

test('a message may itself be cut, and need not stand in an envelope', () => {
  const { message } = readError(readCutError(`{"message":"${'y'.repeat(70_000)}`))
  expect(message).toMatch(/^y{512,2000}$/)
  expect(
    readGemini(readCutError(`[{"error":{"message":"m","status":"INVALID_ARGUMENT",${ECHO}`)),
  ).toMatchObject({
    message: 'm',
    type: 'INVALID_ARGUMENT',
  })
  expect(readBedrock(readCutError(`{"__type":"ThrottlingException","message":"m",${ECHO}`))).toMatchObject({
    message: 'm',
    type: 'rate_limit',
  })
})

test('what says no message, or is no JSON, is none', () => {
  for (const text of [
    '',
    'message',
    '<html>"message":"m"',
    `{"code":"c",${ECHO}`,
    `{"text":"\\"message\\":\\"m\\"`,
  ])
    expect(readCutError(text)).toBeUndefined()
})

test('a hostile text is read in one go', () => {
  const began = performance.now()
  for (const text of [
    '{"message":"\\'.repeat(6_000),
    `{${'"code":'.repeat(10_000)}`,
    `{"error":${'"error":{'.repeat(8_000)}`,
  ])
    readCutError(text)
  expect(performance.now() - began).toBeLessThan(1_000)
})
