import { expect, setDefaultTimeout, test } from 'bun:test'
import { createApi } from '../../src/cli/api'
import { cmWith } from './gateway'

setDefaultTimeout(30_000)

/** Runs `cm` against a socket that answers every connection with these bytes, and ends it unless `stays`. */
async function against<Result>(
  bytes: string,
  use: (url: string) => Promise<Result>,
  stays = false,
): Promise<Result> {
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        socket.write(bytes)
        socket.flush()
        if (!stays) setTimeout(() => socket.terminate(), 100)
      },
    },
  })
  try {
    return await use(`http://127.0.0.1:${server.port}`)
  } finally {
    server.stop(true)
  }
}

const ask = (url: string, words: readonly string[]) =>
  cmWith(
    { CALLMISSED_URL: url, CALLMISSED_ADMIN_KEY: 'some-admin-key', CALLMISSED_KEY: 'some-key' },
    ...words,
  )

const head = (type: string, length: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`
const whole = (text: string, type = 'application/json') => `${head(type, Buffer.byteLength(text))}${text}`

const COMMANDS = [
  'keys list',
  'keys create --tenant acme',
  'keys rotate some-id',
  'keys revoke some-id',
  'tenants list',
  'tenants create acme',
  'usage',
  'models',
  'chat hello',
  'chat hello --model demo',
  'audit list',
  'audit export',
  'audit show some-id',
  'audit changes',
  'audit verify',
].map(line => line.split(' '))

test.each([
  '{}',
  'null',
  '[]',
  '7',
  '{"data":{}}',
  '{"data":[null]}',
  '{"data":[{"object":"model","scopes":"all"}]}',
  '<html></html>',
])('what another server answers is said to be that: %s', async text => {
  const answers = await against(whole(text), url =>
    Promise.all(COMMANDS.map(async words => ({ words, ...(await ask(url, words)) }))),
  )
  for (const answer of answers)
    expect(answer).toEqual({
      words: answer.words,
      output: '',
      errors: expect.stringMatching(
        /^error: http:\/\/127[^\s?]+ did not answer as it should: is this a CallMissed gateway\?\n$/,
      ),
      exitCode: 1,
    })
})

test.each(['{"error":"no"}', '{"error":{"message":{"a":1},"code":7}}', 'null', ''])(
  'an error of another server is told in one line: %s',
  async text => {
    const refusal = whole(text).replace('200 OK', '404 Not Found')
    for (const words of [
      ['keys', 'list'],
      ['chat', 'hello', '--model', 'demo'],
      ['audit', 'export'],
    ])
      expect(await against(refusal, url => ask(url, words))).toEqual({
        output: '',
        errors: expect.stringMatching(/^error: .+ \(404.*\)\n$/),
        exitCode: 1,
      })
  },
)

test('a gateway’s message stays in one line, whatever it repeats', async () => {
  const text = JSON.stringify({ error: { message: 'no model x\nerror: \u202eforged', code: 'a\u001b[2J' } })
  const refusal = whole(text).replace('200 OK', '404 Not Found')
  expect((await against(refusal, url => ask(url, ['keys', 'list']))).errors).toBe(
    'error: no model x\\nerror: \\u202eforged (404, a\\u001b[2J)\n',
  )
})

test.each([
  ['keys list', 'application/json', '{"data":['],
  ['audit export', 'application/x-ndjson', '{"request_id":"a"}\n'],
  ['chat hello --model demo', 'text/event-stream', 'data: {"choices":[{"delta":{"content":"He"}}]}\n\n'],
  [
    'chat hello --model demo --json',
    'text/event-stream',
    'data: {"choices":[{"delta":{"content":"He"}}]}\n\n',
  ],
])('a gateway that dies in the middle of its answer is said in one line (%s)', async (line, type, text) => {
  const { errors, exitCode } = await against(`${head(type, 5000)}${text}`, url => ask(url, line.split(' ')))
  expect({ errors, exitCode }).toEqual({
    errors: 'error: The answer broke off: what came is not all\n',
    exitCode: 1,
  })
})

test('an event that is no JSON, or no chunk, is another server’s', async () => {
  for (const event of ['hello', 'null', '[]', '{"choices":7}']) {
    const stream = whole(`data: ${event}\n\n`, 'text/event-stream')
    const { errors, exitCode } = await against(stream, url => ask(url, ['chat', 'hello', '--model', 'demo']))
    expect({ errors, exitCode }).toEqual({
      errors: expect.stringMatching(/^error: .+ is this a CallMissed gateway\?\n$/),
      exitCode: 1,
    })
  }
})

test('an answer that does not end in time is a failure of the command line, not a stack', async () => {
  const answered = against(
    `${head('application/json', 5000)}{"data":[`,
    url => createApi(url, 'some-key', 500).all('/api/v1/keys', {}),
    true,
  )
  await expect(answered).rejects.toMatchObject({
    name: 'CliError',
    message: 'The answer did not end in time',
  })
})

test('an address that cannot be read is said', async () => {
  const { errors, exitCode } = await cmWith(
    { CALLMISSED_ADMIN_KEY: 'some-admin-key' },
    '--url',
    'http://[',
    'usage',
  )
  expect({ errors, exitCode }).toEqual({
    errors: 'error: --url must be an http(s) URL without credentials\n',
    exitCode: 1,
  })
})
