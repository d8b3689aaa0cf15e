import { expect, test } from 'bun:test'
import { toCallerError } from '../../src/gateway/respond'
import { createLog } from '../../src/lib/log'
import { failureOfContent, failureOfTransport } from '../../src/upstream/failure'
import { TransportError } from '../../src/upstream/transport'

/** What the caller is told, and what is logged. */
function told(error: unknown) {
  const lines: string[] = []
  const log = createLog(
    'error',
    line => lines.push(line),
    true,
    () => 0,
  )
  const { code, message } = toCallerError(error, 'request-1', log)
  return { code, message, logged: lines.join() }
}

const bug = new TypeError('of the prompt "my secret"')

for (const [where, error] of [
  ['anywhere', bug],
  ['as a request was to leave', failureOfTransport(new TransportError('withheld', 'it did not leave', bug))],
] as const)
  test(`a failure of our own ${where} is a 500 that says nothing, and a line that says where, without its text`, () => {
    const { code, message, logged } = told(error)
    expect(code).toBe('internal_error')
    expect(`${message} ${logged}`).not.toContain('secret')
    for (const part of ['failed inside the gateway', 'request-1', 'TypeError', 'own-fault.test'])
      expect(logged).toContain(part)
  })

test("a vendor's failure is no line", () => {
  expect(told(failureOfContent('It broke.'))).toMatchObject({ code: 'upstream_error', logged: '' })
})
