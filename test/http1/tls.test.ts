import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '../upstream/certificate'
import { type RawServer, startRawServer } from './raw-server'
import { HELLO, newClient, send, until } from './send'

let server: RawServer | undefined
afterEach(() => server?.stop())

const certificate = makeCertificate('vendor.test')
const serve = () => startRawServer(({ socket }) => void socket.write(HELLO), { tls: certificate })
const trusting = (ca: string | undefined) => newClient({ addressOf: () => '127.0.0.1', ...(ca && { ca }) })

test('a certificate that names the host and is trusted is accepted, and its connection serves again', async () => {
  server = serve()
  const client = trusting(certificate.cert)
  for (let round = 0; round < 3; round++)
    expect((await send(client, { url: `https://vendor.test:${server.port}/` }).over).said).toEqual([
      'head 200',
      'data',
      'end',
    ])
  expect(server.seen.map(({ requests }) => requests)).toEqual([3])
})

for (const [name, ca, host] of [
  ['that nobody vouches for', undefined, 'vendor.test'],
  ['that another vouches for', makeCertificate('vendor.test').cert, 'vendor.test'],
  ['of another name', certificate.cert, 'other.test'],
  ['of a name, for an address', certificate.cert, '127.0.0.1'],
] as const)
  test(`a certificate ${name} is refused: nothing of the request has left`, async () => {
    server = serve()
    const client = trusting(ca)
    const { said, connection } = await send(client, { url: `https://${host}:${server.port}/` }).over
    expect([said, connection.sent]).toEqual([['fail connect'], false])
    await until(() => client.connections === 0)
    expect(server.seen.every(({ requests }) => requests === 0)).toBe(true)
  })

test('the environment cannot switch verification off, and can name a further authority', async () => {
  server = serve()
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-tls-'))
  writeFileSync(join(folder, 'ca.pem'), certificate.cert)
  const script = `
    import { newClient, send } from './test/http1/send'
    const client = newClient({ addressOf: () => '127.0.0.1' })
    console.log((await send(client, { url: 'https://vendor.test:${server.port}/' }).over).said.join())
    process.exit()`
  const run = async (env: Record<string, string>) => {
    const child = Bun.spawn([process.execPath, '-e', script], {
      env: { ...process.env, ...env },
      stdout: 'pipe',
      stderr: 'ignore',
    })
    return (await new Response(child.stdout).text()).trim()
  }
  expect(await run({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toBe('fail connect')
  expect(await run({ NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') })).toBe('head 200,data,end')
  rmSync(folder, { recursive: true })
})

test('a server that has several certificates is told which name is asked for', async () => {
  const [other, unasked] = [makeCertificate('other.test'), makeCertificate('unasked.test')]
  const shared = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    tls: [
      { serverName: 'unasked.test', ...unasked },
      { serverName: 'vendor.test', ...certificate },
      { serverName: 'other.test', ...other },
    ],
    fetch: () => new Response('hello'),
  })
  const client = trusting(`${certificate.cert}\n${other.cert}`)
  for (const name of ['vendor.test', 'other.test'])
    expect((await send(client, { url: `https://${name}:${shared.port}/` }).over).body.toString()).toBe(
      'hello',
    )
  client.close()
  await shared.stop(true)
})

test('a peer that speaks no TLS, or says nothing, is no connection', async () => {
  const plain = startRawServer(() => {}, {
    open: ({ socket }) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  })
  const mute = startRawServer(() => {})
  const client = newClient()
  expect((await send(client, { url: `https://127.0.0.1:${plain.port}/` }).over).said).toEqual([
    'fail connect',
  ])
  expect((await send(client, { url: `https://127.0.0.1:${mute.port}/` }, undefined, 100).over).said).toEqual([
    'fail timeout',
  ])
  await until(() => client.connections === 0)
  plain.stop()
  mute.stop()
})
