import { afterAll, expect, test } from 'bun:test'
import { listen } from '../../src/http/server'
import { KeptConnection } from '../boot/kept-connection'

const ID = /^[0-9a-f-]{36}$/
const server = listen({
  host: '127.0.0.1',
  port: 0,
  allowedHosts: ['ab'],
  corsOrigins: [],
  maxBodyBytes: 1024,
  handle: async request => {
    const path = new URL(request.url).pathname
    if (path === '/throws') throw new Error('sk-a-secret')
    if (path === '/rejects') return Promise.reject(new Error('sk-a-secret'))
    if (path === '/named')
      return new Response('', { headers: { 'x-callmissed-request-id': 'own', 'x-request-id': 'own' } })
    if (path === '/known') return new Response(server.requestIP(request)?.address)
    return new Response(path)
  },
})
afterAll(() => server.stop(true))
const url = `http://127.0.0.1:${server.port}`

test('every answer carries its id under both names', async () => {
  const ids = new Set<string>()
  for (const path of ['/', '/x', '/throws', '/rejects']) {
    const { headers } = await fetch(url + path)
    expect(headers.get('x-request-id')).toMatch(ID)
    expect(headers.get('x-callmissed-request-id')).toBe(headers.get('x-request-id')!)
    ids.add(headers.get('x-request-id')!)
  }
  expect(ids.size).toBe(4)
})

test('a route that named its request keeps the name', async () => {
  const { headers } = await fetch(`${url}/named`)
  expect([headers.get('x-request-id'), headers.get('x-callmissed-request-id')]).toEqual(['own', 'own'])
})

test('a failure of ours is 500 in OpenAI’s shape, without its text', async () => {
  for (const path of ['/throws', '/rejects']) {
    const response = await fetch(url + path)
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: 'server_error', param: null, code: 'internal_error' },
    })
  }
  expect(await (await fetch(`${url}/throws`)).text()).not.toContain('secret')
})

test('a refused Host does not reach the application', async () => {
  const response = await fetch(`${url}/throws`, { headers: { host: 'evil.example' } })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'unknown_host' } })
})

test('the application is given the request that the server knows, also behind a Host of two letters', async () => {
  // A copy of it has no address, and its idle timeout cannot be lifted.
  for (const host of ['localhost', 'ab'])
    expect(await (await fetch(`${url}/known`, { headers: { host } })).text()).toBe('127.0.0.1')
})

test('a second server on the same port is refused', () => {
  const again = () =>
    listen({
      host: '127.0.0.1',
      port: server.port!,
      allowedHosts: [],
      corsOrigins: [],
      maxBodyBytes: 1,
      handle: () => new Response(),
    })
  expect(again).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }))
})

test('an answer is the last one on its connection once the process is ending', async () => {
  let isEnding = false
  const ending = listen({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    corsOrigins: [],
    maxBodyBytes: 1024,
    handle: () => new Response('hello'),
    isEnding: () => isEnding,
  })
  const connection = await KeptConnection.open(`http://127.0.0.1:${ending.port}`)
  expect((await connection.ask('GET', '/', {})).head).not.toMatch(/^connection: close$/im)
  isEnding = true
  expect((await connection.ask('GET', '/', {})).head).toMatch(/^connection: close$/im)
  while (!connection.isClosed) await Bun.sleep(2)
  await ending.stop(true)
})
