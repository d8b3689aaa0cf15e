import { expect, test } from 'bun:test'
import { ServerHistory } from '../../src/db/server-history'

function setUp(identity: string | undefined) {
  const server = { identity, asked: 0, now: 0 }
  const history = new ServerHistory(
    async () => {
      server.asked++
      return server.identity
    },
    { now: () => server.now },
  )
  /** A look that failed, and the next one. */
  const fail = () => {
    history.doubt()
    return history.hasChanged()
  }
  return { history, server, fail }
}

test('the same server that was away has not changed, another one has, and neither is asked without a doubt', async () => {
  const { history, server, fail } = setUp('first')
  expect(await history.hasChanged()).toBe(false)
  expect(await fail()).toBe(false)
  server.identity = 'second'
  expect(await history.hasChanged()).toBe(false)
  expect(await fail()).toBe(true)
  expect(await fail()).toBe(false)
  server.identity = 'third'
  expect(await fail()).toBe(true)
  expect(server.asked).toBe(5)
})

test('one that cannot tell who it is may have changed with each doubt, but only once in 30 s', async () => {
  const { history, server, fail } = setUp(undefined)
  expect(await history.hasChanged()).toBe(false)
  const changedAt: number[] = []
  for (; server.now < 100_000; server.now += 500) if (await fail()) changedAt.push(server.now)
  expect(changedAt).toEqual([0, 30_000, 60_000, 90_000])
})

test('a doubt that came too soon is kept, and there is none after it', async () => {
  const { history, server, fail } = setUp(undefined)
  await history.hasChanged()
  expect(await fail()).toBe(true)
  server.now = 1_000
  expect(await fail()).toBe(false)
  server.now = 29_999
  expect(await history.hasChanged()).toBe(false)
  server.now = 30_000
  expect(await history.hasChanged()).toBe(true)
  server.now = 90_000
  expect(await history.hasChanged()).toBe(false)
})

test('one that tells who it is again, and is another one, is noticed', async () => {
  const { history, server, fail } = setUp('first')
  await history.hasChanged()
  server.identity = undefined
  expect(await fail()).toBe(true)
  server.identity = 'second'
  server.now = 1_000
  expect(await fail()).toBe(false)
  server.now = 30_000
  expect(await history.hasChanged()).toBe(true)
  server.identity = 'third'
  expect(await fail()).toBe(true)
})
