import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chat } from './chat'
import { adminKeyOf, records } from './management'
import { startGateway, startProcess, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(120_000)
afterEach(stopEverything)

const freshFolder = () => join(temporaryFolder(), 'data')

test('refuses a second process on the same data folder with one line, and the first serves on', async () => {
  const dataDir = freshFolder()
  const first = await startGateway(dataDir)
  const second = startProcess(dataDir)
  expect(await second.ended()).toBe(1)
  expect(second.stderr()).toBe(
    `The data folder ${dataDir} is in use by another process (pid ${first.pid}): two would corrupt it.\n`,
  )
  expect(second.stdout()).toMatch(/^CallMissed on Bun [\d.]+: starting …\n$/)
  expect((await chat(first, 'demo:pace=1ms')).status).toBe(200)
})

test('of two first starts at once one serves, and its admin key is the one that is kept', async () => {
  const dataDir = freshFolder()
  const both = [startProcess(dataDir), startProcess(dataDir)]
  const serves = both.map(each => each.printed(/serves at/).then(() => each))
  const winner = await Promise.any(serves)
  const loser = both.find(each => each !== winner)
  expect(await loser?.ended()).toBe(1)
  expect(loser?.stderr()).toMatch(/^The data folder .+ is in use by another process \(pid \S+\): .+\n$/)
  const [, adminKey] = await winner.printed(/^ {2}Admin {2}(\S+)/m)
  expect(await Bun.file(join(dataDir, 'admin-key')).text()).toBe(`${adminKey}\n`)
})

test('after kill -9 starts again with the same key and every answer that had been recorded', async () => {
  const dataDir = freshFolder()
  const first = await startGateway(dataDir)
  const answers = await Promise.all(Array.from({ length: 20 }, () => chat(first, 'demo:pace=1ms')))
  const ids = answers.map(answer => answer.headers.get('x-callmissed-request-id'))
  const adminKey = await adminKeyOf(dataDir)
  const before = await records(first, adminKey, 20)
  first.signal('SIGKILL')
  expect(await first.ended()).toBeNull()
  expect(existsSync(join(dataDir, 'socket', '.s.PGSQL.5432'))).toBe(true)

  const second = await startGateway(dataDir)
  expect(second.key).toBe(first.key)
  expect((await chat(second, 'demo:pace=1ms')).status).toBe(200)
  const after = await records(second, adminKey, 21)
  expect(after).toHaveLength(21)
  expect(after.slice(1)).toEqual(before)
  expect(after.map(record => record.request_id)).toEqual(expect.arrayContaining(ids))
})

test('killed in the middle of the first start, it starts again as if that had not been', async () => {
  const dataDir = freshFolder()
  for (const afterMs of [150, 600]) {
    const killed = startProcess(dataDir)
    await killed.printed(/starting/)
    await Bun.sleep(afterMs)
    killed.signal('SIGKILL')
    await killed.ended()
  }
  const gateway = await startGateway(dataDir)
  expect((await chat(gateway, 'demo:pace=1ms')).status).toBe(200)
})

test('refuses a data folder that is a file, in one line without a stack', async () => {
  const path = join(temporaryFolder(), 'data')
  await Bun.write(path, 'no folder')
  const refused = startProcess(path)
  expect(await refused.ended()).toBe(1)
  expect(refused.stderr()).toBe(
    `The data folder ${path} cannot be made: a file of that name is in its place. Set DATA_DIR to another one.\n`,
  )
})

test('F12: refuses a data folder whose spool cannot be made, in one line without a stack', async () => {
  const dataDir = freshFolder()
  await Bun.write(join(dataDir, 'spool'), 'no folder')
  const refused = startProcess(dataDir)
  expect(await refused.ended()).toBe(1)
  expect(refused.stderr()).toMatch(
    /^The data folder \S+\/spool\/\S+ cannot be made: [^\n]+ Set DATA_DIR to another one\.\n$/,
  )
})
