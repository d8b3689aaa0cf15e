import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { cm, shell, startGateway, variablesOf } from './gateway'

setDefaultTimeout(30_000)

let gateway: Awaited<ReturnType<typeof startGateway>>
beforeAll(async () => {
  gateway = await startGateway()
  await cm(gateway, 'chat', 'hello')
})
afterAll(() => gateway.stop())

test('a reader that has seen enough ends the run without a word, as it ends other tools', async () => {
  const listed = await shell(variablesOf(gateway), 'cm models --all --json | head -1')
  expect(listed).toEqual({ output: '[\n', errors: '', exitCode: 141 })
  const chatted = await shell(variablesOf(gateway), 'cm chat hello | head -c 5')
  expect(chatted).toEqual({ output: expect.stringMatching(/^.{5}$/), errors: '', exitCode: 141 })
})

test.each(['models --all --json', 'models', 'chat hello', 'chat hello --json', 'audit export', '--help'])(
  'a full disk is said in one line (%s)',
  async words => {
    await cm(gateway, 'chat', 'hello')
    expect(await shell(variablesOf(gateway), `cm ${words} > /dev/full`)).toEqual({
      output: '',
      errors: expect.stringMatching(/^error: The results cannot be written \(ENOSPC: [^\n]+\)\n$/),
      exitCode: 1,
    })
  },
)

test('remarks that cannot be written hold nothing up', async () => {
  const { output, exitCode } = await shell(variablesOf(gateway), 'cm chat hello 2> /dev/full')
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringContaining('demo vendor') })
})

test('whoever reads slowly reads all of it, from a pipe that does not block too', async () => {
  const whole = (await cm(gateway, 'models', '--all', '--json')).output
  expect(whole.length).toBeGreaterThan(200_000)
  const slow = await shell(variablesOf(gateway), 'cm models --all --json | (sleep 1; cat)')
  expect(slow).toEqual({ output: whole, errors: '', exitCode: 0 })
  const unblock = 'import fcntl, os; fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK)'
  const line = `(python3 -c '${unblock}'; cm models --all --json) | (sleep 1; cat)`
  if (!Bun.which('python3')) return
  expect(await shell(variablesOf(gateway), line)).toEqual({ output: whole, errors: '', exitCode: 0 })
})
