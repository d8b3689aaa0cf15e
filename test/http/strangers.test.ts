import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { GatewayError } from '../../src/errors'
import { listen } from '../../src/http/server'
import { Strangers } from '../../src/http/strangers'

const clock = { time: 0, now: () => clock.time }
beforeEach(() => {
  clock.time = 1_000_000
})
const fail = (strangers: Strangers, address: string, times: number) => {
  for (let count = 0; count < times; count++) strangers.failed(address)
}

test('an address that tries too many keys waits for the end of its minute', () => {
  const strangers = new Strangers(clock)
  fail(strangers, '192.0.2.1', 29)
  expect([strangers.isAnyShut, strangers.refusalOf('192.0.2.1')]).toEqual([false, undefined])
  fail(strangers, '192.0.2.1', 1)
  clock.time += 15_000
  expect(strangers.isAnyShut).toBe(true)
  expect(strangers.refusalOf('192.0.2.1')).toMatchObject({
    status: 429,
    code: 'rate_limit_exceeded',
    headers: { 'retry-after': '45', 'retry-after-ms': '45000' },
  })
  expect(strangers.refusalOf('192.0.2.2')).toBeUndefined()
  clock.time += 45_000
  expect([strangers.isAnyShut, strangers.refusalOf('192.0.2.1')]).toEqual([false, undefined])
  fail(strangers, '192.0.2.1', 1)
  expect(strangers.refusalOf('192.0.2.1')).toBeUndefined()
})

test('failures far apart do not add up', () => {
  const strangers = new Strangers(clock)
  for (let minute = 0; minute < 10; minute++) {
    fail(strangers, '192.0.2.1', 20)
    clock.time += 60_000
  }
  expect(strangers.refusalOf('192.0.2.1')).toBeUndefined()
})

test('a network of IPv6 counts as one, however it is written', () => {
  const strangers = new Strangers(clock)
  fail(strangers, '2001:db8:1:2::1', 15)
  fail(strangers, '2001:db8:1:2:3:4:5:6', 15)
  expect(strangers.refusalOf('2001:db8:1:2:ffff::9')).toBeInstanceOf(GatewayError)
  expect(strangers.refusalOf('2001:db8:1:3::1')).toBeUndefined()
  fail(strangers, '2001:db8::1', 30)
  expect(strangers.refusalOf('2001:db8:0:0:7::')).toBeInstanceOf(GatewayError)
  fail(strangers, '::ffff:192.0.2.7', 30)
  expect(strangers.refusalOf('::ffff:192.0.2.8')).toBeUndefined()
})

test('a flood from everywhere takes a bounded memory and pushes out the oldest', () => {
  const strangers = new Strangers(clock)
  fail(strangers, '192.0.2.1', 30)
  for (let index = 0; index < 10_000; index++)
    strangers.failed(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`)
  expect(strangers.refusalOf('192.0.2.1')).toBeUndefined()
})

describe('at the door', () => {
  let handled = 0
  const strangers = new Strangers(clock)
  const server = listen({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    corsOrigins: [],
    maxBodyBytes: 1024,
    strangers,
    isOurs: headers => headers.get('authorization') === 'Bearer ours',
    handle: request => {
      handled++
      const isOurs = request.headers.get('authorization') === 'Bearer ours'
      return isOurs ? new Response('ok') : new GatewayError('invalid_api_key', 'no').toResponse()
    },
  })
  afterAll(() => server.stop(true))
  const ask = (key?: string) =>
    fetch(`http://127.0.0.1:${server.port}/`, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    })

  test('guesses are refused without being looked at, a key of ours and a request without any go on (T70, T82)', async () => {
    for (let count = 0; count < 30; count++) expect((await ask(`guess ${count}`)).status).toBe(401)
    handled = 0
    const refused = await ask('another guess')
    expect([refused.status, handled]).toEqual([429, 0])
    expect(refused.headers.get('x-request-id')).toBeString()
    expect(await refused.json()).toMatchObject({
      error: { type: 'requests', code: 'rate_limit_exceeded', param: null },
    })
    expect((await ask('ours')).status).toBe(200)
    expect((await ask()).status).toBe(401)
    clock.time += 60_000
    expect((await ask('after a minute')).status).toBe(401)
  })

  test('a request without any key is no guess', async () => {
    for (let count = 0; count < 40; count++) expect((await ask()).status).toBe(401)
    expect((await ask('a first guess')).status).toBe(401)
  })

  test('another address is not shut out with it', async () => {
    for (let count = 0; count < 30; count++) await ask(`guess ${count}`)
    expect((await ask('guess')).status).toBe(429)
    const status = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port: server.port ?? 0, host: '127.0.0.1', localAddress: '127.0.0.2' }, () =>
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer guess\r\n\r\n'),
      )
      socket.once('data', data => {
        resolve(data.toString().split(' ')[1] ?? '')
        socket.destroy()
      })
      socket.once('error', reject)
    })
    expect(status).toBe('401')
  })
})
