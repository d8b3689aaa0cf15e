import { afterAll, beforeAll, expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { type FetchImageDeps, fetchImage, IMAGE_DEPS } from '../../src/upstream/fetch-image'
import { makeCertificate } from './certificate'

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const PARAM = 'messages[0].content[1].image_url.url'
const certificate = makeCertificate('images.example')
const never = new AbortController().signal

let server: ReturnType<typeof Bun.serve>
const asked: { path: string; host: string | null; authorization: string | null }[] = []
let dials: string[] = []

beforeAll(() => {
  server = Bun.serve({
    port: 0,
    tls: certificate,
    fetch(request) {
      const { pathname, searchParams } = new URL(request.url)
      const { headers } = request
      asked.push({ path: pathname, host: headers.get('host'), authorization: headers.get('authorization') })
      const to = searchParams.get('to')
      if (to !== null) return new Response(null, { status: 302, headers: { location: to } })
      if (pathname === '/loop') return new Response(null, { status: 302, headers: { location: '/loop' } })
      if (pathname === '/page') return new Response('<html>secret of the intranet</html>')
      if (pathname === '/none') return new Response('secret', { status: 404 })
      if (pathname === '/large') return new Response(new Uint8Array(21 * 1024 * 1024))
      if (pathname === '/silent') return new Promise(() => {})
      if (pathname === '/webp') return new Response(Buffer.from('52494646000000005745425056503820', 'hex'))
      return new Response(PNG, { headers: { 'content-type': 'text/html' } })
    },
  })
})
afterAll(() => server.stop(true))

/** As in the running gateway, but for names that lead to this test's server, which is then taken for the internet. */
function deps(addresses: Record<string, string[]> = { 'images.example': ['127.0.0.1'] }): FetchImageDeps {
  dials = []
  return {
    resolve: async host => addresses[host] ?? [],
    isPublic: address => {
      dials.push(address)
      return address === '127.0.0.1' || IMAGE_DEPS.isPublic(address)
    },
    allowsPort: port => port === String(server.port),
    ca: certificate.cert,
  }
}

const at = (path: string) => `https://images.example:${server.port}${path}`

async function refusal(address: string, given = deps()): Promise<string> {
  const error = await fetchImage(address, PARAM, never, given).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (!(error instanceof GatewayError)) throw new Error(`not refused: ${String(error)}`)
  expect([error.status, error.code, error.param]).toEqual([400, 'invalid_value', PARAM])
  return error.message
}

test('an image is what its first bytes say, whatever its type is called', async () => {
  expect(await fetchImage(at('/cat'), PARAM, never, deps())).toEqual({ mediaType: 'image/png', bytes: PNG })
  expect((await fetchImage(at('/webp'), PARAM, never, deps())).mediaType).toBe('image/webp')
})

test('the checked address is dialled, under the name that was asked for and certified', async () => {
  let lookups = 0
  const given = deps()
  const resolve = async (host: string) => {
    lookups++
    return given.resolve(host)
  }
  await fetchImage(at('/host'), PARAM, never, { ...given, resolve })
  expect(lookups).toBe(1)
  expect(dials).toEqual(['127.0.0.1'])
  expect(asked.at(-1)).toEqual({
    path: '/host',
    host: `images.example:${server.port}`,
    authorization: null,
  })
})

test('another name’s certificate is refused', async () => {
  const given = deps({ 'other.example': ['127.0.0.1'] })
  const address = at('/cat').replace('images.example', 'other.example')
  expect(await refusal(address, given)).toContain('could not be fetched')
})

test('redirects are followed three times, each checked anew', async () => {
  const to = (path: string) => encodeURIComponent(path)
  const two = at(`/a?to=${to(`/b?to=${to('/cat')}`)}`)
  expect((await fetchImage(two, PARAM, never, deps())).mediaType).toBe('image/png')
  expect(dials).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1'])
  expect(await refusal(at('/loop'))).toContain('redirected too often')
  expect(asked.filter(({ path }) => path === '/loop')).toHaveLength(4)
})

test.each([
  ['https://10.0.0.7/x', 'port'],
  ['http://images.example/x', 'https alone'],
  ['file:///etc/passwd', 'https alone'],
  ['gopher://x', 'https alone'],
])('a redirect to %s is refused', async (location, because) => {
  expect(await refusal(at(`/r?to=${encodeURIComponent(location)}`))).toContain(because)
})

test('a redirect to a name that leads to a private address is refused', async () => {
  const given = deps({ 'images.example': ['127.0.0.1'], 'intranet.example': ['10.0.0.7'] })
  const location = `https://intranet.example:${server.port}/`
  expect(await refusal(at(`/r?to=${encodeURIComponent(location)}`), given)).toContain('public internet')
})

test.each([
  ['file:///etc/passwd'],
  ['http://169.254.169.254/'],
  ['https://169.254.169.254/'],
  ['https://[::ffff:169.254.169.254]/'],
  ['https://0x7f000001/'],
  ['https://127.1/'],
  ['https://2130706433/'],
  ['https://localhost/'],
  ['https://localhost./'],
  ['https://x@10.0.0.1/'],
  ['https://[fd00:ec2::254]/'],
  ['https://[::1]/'],
  ['gopher://images.example/'],
  ['https://1.1.1.1:22/'],
  ['https://1.1.1.1:8443/'],
  ['https://%00/'],
  ['not an address'],
])('T41–T50: %s is refused before anything is dialled', async address => {
  expect(await refusal(address, IMAGE_DEPS)).toStartWith(`Invalid '${PARAM}'`)
})

test('a name of which one address is private is refused', async () => {
  const given = deps({ 'images.example': ['127.0.0.1', '192.168.0.1'] })
  expect(await refusal(at('/cat'), given)).toContain('public internet')
  expect(await refusal(at('/cat'), deps({}))).toContain('public internet')
})

test.each([
  ['/page', 'no PNG'],
  ['/none', 'answered 404'],
  ['/large', 'larger than 20 MB'],
])('%s is refused, and what it said is not repeated', async (path, because) => {
  const message = await refusal(at(path))
  expect(message).toContain(because)
  expect(message).not.toContain('secret')
})

test('a caller who leaves ends the fetch', async () => {
  const caller = new AbortController()
  const fetching = fetchImage(at('/silent'), PARAM, caller.signal, deps())
  while (!asked.some(({ path }) => path === '/silent')) await Bun.sleep(5)
  caller.abort()
  expect(fetching).rejects.toThrow(GatewayError)
  await fetching.catch(() => {})
})
