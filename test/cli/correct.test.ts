import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cm, startGateway } from './gateway'

setDefaultTimeout(30_000)

const UNKNOWN = '019aa1c2-0000-7000-8000-000000000003'
let gateway: Awaited<ReturnType<typeof startGateway>>
let id: string
beforeAll(async () => {
  gateway = await startGateway()
  await cm(gateway, 'chat', 'hello')
  const listed = async () => JSON.parse((await cm(gateway, 'audit', 'list', '--limit', '1', '--json')).output)
  let records = await listed()
  for (const until = performance.now() + 20_000; records.length === 0 && performance.now() < until; )
    records = await listed()
  id = records[0].request_id
})
afterAll(() => gateway.stop())

const correct = (...words: string[]) => cm(gateway, 'audit', 'correct', ...words)
const shown = async () => JSON.parse((await cm(gateway, 'audit', 'show', id)).output)
const fileOf = (...lines: string[]) => {
  const path = join(gateway.dataDir, 'bill.ndjson')
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

test('one request costs, and used, what its bill says', async () => {
  const usage = { input_tokens: 7, output_tokens: 3 }
  const { output, exitCode } = await correct(id, '--cost', '0.5', '--usage', JSON.stringify(usage))
  expect({ output, exitCode }).toEqual({ output: `${id}: 0.5\n`, exitCode: 0 })
  expect(await shown()).toMatchObject({ cost_usd: '0.5', usage })
  const changes = JSON.parse((await cm(gateway, 'audit', 'changes', '--json')).output)
  expect(changes[0]).toMatchObject({ action: 'request.correct', by: 'admin', target_id: id })
  expect((await cm(gateway, 'audit', 'verify')).exitCode).toBe(0)
})

test('a file corrects many, and says which could not be', async () => {
  const usage = { input_tokens: 9, output_tokens: 2 }
  const path = fileOf(
    `\uFEFF${JSON.stringify({ request_id: UNKNOWN, cost_usd: '1' })}`,
    '',
    JSON.stringify({ request_id: id, cost_usd: '0.25', vendor: 'demo', usage }),
  )
  const { output, errors, exitCode } = await correct('--file', path)
  expect({ output, exitCode }).toEqual({ output: '1 booked, 1 refused\n', exitCode: 1 })
  expect(errors).toContain(`${UNKNOWN}: `)
  expect(errors).toContain('error: 1 of 2 corrections were refused')
  expect(await shown()).toMatchObject({ cost_usd: '0.25', usage })
})

test('what a line says beside is for the gateway to judge', async () => {
  const { output, errors } = await correct(
    '--file',
    fileOf(JSON.stringify({ request_id: id, cost_usd: '7', useage: {} }), '{"request_id":"\\u001b[2J"}'),
  )
  expect(output).toBe('0 booked, 2 refused\n')
  expect(errors).toContain("Unknown parameter: 'useage'")
  expect(errors).toContain('\\u001b[2J: ')
  expect(await shown()).not.toMatchObject({ cost_usd: '7' })
})

test('what would fail for every line ends it', async () => {
  const lines = [1, 2, 3].map(n => JSON.stringify({ request_id: `r${n}`, cost_usd: '1' }))
  const words = ['--admin-key', 'cm_adm_wrong', 'audit', 'correct', '--file', fileOf(...lines)]
  const { output, errors, exitCode } = await cm(gateway, ...words)
  expect({ output, exitCode }).toEqual({ output: '', exitCode: 1 })
  expect(errors).toMatch(/^error: [^\n]+; 0 of 3 were booked before\n$/)
})

test.each(['no json', '[1]', '"x"', '{"cost_usd":"1"}', '{"request_id":7,"cost_usd":"1"}', 'twice'])(
  'a file with the line %s is refused whole',
  async text => {
    const before = await shown()
    const line = JSON.stringify({ request_id: id, cost_usd: '9' })
    const { errors, exitCode } = await correct('--file', fileOf(line, text === 'twice' ? line : text))
    expect({ errors, exitCode }).toEqual({
      errors: expect.stringMatching(/^error: line 2 [^\n]+\n$/),
      exitCode: 1,
    })
    expect(await shown()).toEqual(before)
  },
)

test.each([
  [[], 'Say which request'],
  [[UNKNOWN], 'Say which request'],
  [['--cost', '1'], 'Say which request'],
  [[UNKNOWN, '--cost', '1', '--file', 'x'], 'Say which request'],
  [[UNKNOWN, '--cost', '1', '--usage', '{'], '--usage is no JSON object'],
  [['--file', '/no/such/file'], 'cannot be read'],
  [[UNKNOWN, '--cost', '1'], '404'],
  [['a/b', '--cost', '1'], '404, not_found'],
  [['--vendor', 'acme', '--file', 'x'], 'Say which request'],
  [[UNKNOWN, '--cost', 'much'], 'cost_usd'],
] as [string[], string][])('cm audit correct %j says what is missing', async (words, said) => {
  const { output, errors, exitCode } = await correct(...words)
  expect({ output, exitCode }).toEqual({ output: '', exitCode: 1 })
  expect(errors).toContain(said)
})
