import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { cm, cmWith, startGateway } from './gateway'

setDefaultTimeout(60_000)

let gateway: Awaited<ReturnType<typeof startGateway>>
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const NOBODY = '01a2283d-90fc-72d0-9468-629b7a708d06'
const SECRET = /^cm_live_[0-9A-Za-z]{36}$/

/** What a command wrote to stdout, which is one JSON value and a line's end; `errors` is all that went elsewhere. */
async function json(...words: string[]) {
  const { exitCode, output, errors } = await cm(gateway, ...words)
  expect({ words, exitCode, errors }).toMatchObject({ words, exitCode: 0 })
  const answer = JSON.parse(output)
  expect(output).toBe(`${JSON.stringify(answer, null, 2)}\n`)
  return { answer, errors }
}
const found = async (what: string, id: string) =>
  (await json(what, 'list', '--json')).answer.find((each: { id: string }) => each.id === id)

test('a tenant that is made, changed, renamed and deleted is one JSON value each time, and nothing else', async () => {
  const made = await json('tenants', 'create', 'acme', '--rpm', '600', '--budget', '100', '--json')
  const { id } = made.answer
  const terms = { limits: { rpm: 600 }, budget: { limit_usd: '100', period: 'total' } }
  expect(made).toMatchObject({ answer: { id, name: 'acme', ...terms }, errors: '' })
  expect(await found('tenants', id)).toEqual(made.answer)
  const changed = await json('--json', 'tenants', 'update', 'acme', '--rpm', 'none', '--budget', 'none')
  expect(changed).toEqual({ answer: { ...made.answer, limits: null, budget: null }, errors: '' })
  const renamed = await json('tenants', '--json', 'rename', 'acme', 'other')
  expect(renamed).toEqual({ answer: { ...changed.answer, name: 'other' }, errors: '' })
  expect(await found('tenants', id)).toEqual(renamed.answer)
  const deleted = await json('tenants', 'delete', 'other', '--json')
  expect(deleted).toEqual({ answer: { id, deleted: true }, errors: '' })
  expect(await found('tenants', id)).toBeUndefined()
})

test('a key that is made, changed, rotated and revoked is one JSON value each time; remarks stay on stderr', async () => {
  const made = await json('keys', 'create', '--tenant', 'new', '--name', 'k', '--scope', 'llm', '--json')
  expect(made.errors.split('\n')).toEqual([
    'There was no tenant "new": it was made.',
    expect.stringContaining('It is shown this once.'),
    '',
  ])
  const { key, ...shown } = made.answer
  expect(key).toMatch(SECRET)
  expect(shown).toMatchObject({ name: 'k', scopes: ['llm'], models: null, revoked_at: null })
  expect(await found('keys', shown.id)).toEqual(shown)

  const changed = await json('keys', 'update', shown.id, '--name', 'other', '--model', 'demo', '--json')
  expect(changed).toEqual({ answer: { ...shown, name: 'other', models: ['demo'] }, errors: '' })

  const rotated = await json('keys', 'rotate', shown.id, '--grace', '1h', '--json')
  expect(rotated.errors).toBe(`The new secret of key ${shown.id}. It is shown this once.\n`)
  expect(rotated.answer).toMatchObject({ id: shown.id, name: 'other' })
  expect(rotated.answer.old_secret_until).toBeString()
  expect(rotated.answer.key).toMatch(SECRET)
  expect(rotated.answer.key).not.toBe(key)
  const { answer } = await json('chat', 'hello', '--key', rotated.answer.key, '--model', 'demo', '--json')
  expect(answer.content).toBeString()

  const revoked = await json('keys', 'revoke', shown.id, '--json')
  expect(revoked).toEqual({ answer: { id: shown.id, revoked: true }, errors: '' })
  expect((await found('keys', shown.id)).revoked_at).toBeString()
})

test('what fails writes nothing to stdout, one line to stderr, and does not end with 0', async () => {
  await json('tenants', 'create', 'there', '--json')
  const { answer: key } = await json('keys', 'create', '--tenant', 'there', '--json')
  await json('keys', 'revoke', key.id, '--json')
  const before = await Promise.all([json('tenants', 'list', '--json'), json('keys', 'list', '--json')])
  for (const words of [
    ['tenants', 'create', ' '],
    ['tenants', 'create', 'x', '--rpm', '0'],
    ['tenants', 'update', 'nobody', '--rpm', '5'],
    ['tenants', 'update', 'there'],
    ['tenants', 'update', 'there', '--budget', '10/year'],
    ['tenants', 'rename', 'nobody', 'somebody'],
    ['tenants', 'rename', 'there', 'a\u202eb'],
    ['tenants', 'delete', 'nobody'],
    ['keys', 'create', '--tenant', NOBODY],
    ['keys', 'create', '--tenant', 'there', '--scope', 'sudo'],
    ['keys', 'update', NOBODY, '--name', 'x'],
    ['keys', 'update', key.id],
    ['keys', 'rotate', NOBODY],
    ['keys', 'rotate', key.id],
    ['keys', 'rotate', key.id, '--grace', 'soon'],
    ['keys', 'revoke', NOBODY],
    ['tenants', 'delete', 'there', '--admin-key', 'not-the-admin-key'],
  ])
    expect({ words, ...(await cm(gateway, ...words, '--json')) }).toEqual({
      words,
      output: '',
      errors: expect.stringMatching(/^error: .+\n$/),
      exitCode: 1,
    })
  const after = await Promise.all([json('tenants', 'list', '--json'), json('keys', 'list', '--json')])
  expect(after).toEqual(before)
})

test('a line that is no command, or a gateway that is not there, is as silent on stdout', async () => {
  for (const words of [
    ['keys', 'create'],
    ['keys', 'revoke'],
    ['tenants', 'delete'],
    ['tenants', 'remove', 'x'],
  ])
    expect({ words, ...(await cm(gateway, ...words, '--json')) }).toEqual({
      words,
      output: '',
      errors: expect.stringMatching(/^error: /),
      exitCode: 1,
    })
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const CALLMISSED_URL = `http://127.0.0.1:${listener.port}`
  listener.stop(true)
  const nowhere = { CALLMISSED_ADMIN_KEY: 'some-admin-key', CALLMISSED_URL }
  expect(await cmWith(nowhere, 'tenants', 'create', 'x', '--json')).toEqual({
    output: '',
    errors: expect.stringMatching(/^error: No gateway answers .+\n$/),
    exitCode: 1,
  })
})
