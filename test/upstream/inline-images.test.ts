import { afterAll, beforeAll, expect, test } from 'bun:test'
import { inlineImages } from '../../src/upstream/inline-images'
import type { ChatBody } from '../../src/wire/chat-body'
import { readChatBody } from '../../src/wire/read-chat-body'
import { makeCertificate } from './certificate'

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const certificate = makeCertificate('images.example')
const signal = new AbortController().signal
let server: ReturnType<typeof Bun.serve>
beforeAll(() => {
  server = Bun.serve({
    port: 0,
    tls: certificate,
    fetch: request =>
      new Response(
        request.url.endsWith('/huge') ? Buffer.concat([PNG, Buffer.alloc(15 * 1024 * 1024)]) : PNG,
      ),
  })
})
afterAll(() => server.stop(true))

const deps = {
  resolve: async () => ['127.0.0.1'],
  isPublic: () => true,
  allowsPort: () => true,
  ca: certificate.cert,
}
const at = (path: string) => `https://images.example:${server.port}${path}`
const chatOf = (...urls: string[]): ChatBody =>
  readChatBody(
    Buffer.from(
      JSON.stringify({
        model: 'm',
        messages: [
          { role: 'system', content: 'look' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'what?' },
              ...urls.map(url => ({ type: 'image_url', image_url: { url, detail: 'low' } })),
            ],
          },
        ],
      }),
    ),
  )
const none = () => false

test('images at addresses become data in their places, data and the vendor’s own stay', async () => {
  const chat = chatOf('data:image/gif;base64,AA', at('/cat'), 'gs://bucket/dog.png')
  const inlined = await inlineImages(chat, url => url.startsWith('gs://'), signal, deps)
  expect(inlined.messages[1]?.content).toEqual([
    { type: 'text', text: 'what?' },
    { type: 'image', url: 'data:image/gif;base64,AA', detail: 'low' },
    { type: 'image', url: `data:image/png;base64,${PNG.toString('base64')}`, detail: 'low' },
    { type: 'image', url: 'gs://bucket/dog.png', detail: 'low' },
  ])
  expect(chat.messages[1]?.content[2]).toMatchObject({ url: at('/cat') })
})

test('a chat without any is the very same', async () => {
  const chat = chatOf('data:image/gif;base64,AA')
  expect(await inlineImages(chat, none, signal, deps)).toBe(chat)
})

test('the image that cannot be had is named', () => {
  expect(inlineImages(chatOf(at('/a'), 'http://x.example/b'), none, signal, deps)).rejects.toMatchObject({
    status: 400,
    param: 'messages[1].content[2].image_url.url',
  })
})

test('too many, or too large together, are refused', () => {
  const many = chatOf(...Array.from({ length: 17 }, (_, index) => at(`/${index}`)))
  expect(inlineImages(many, none, signal, deps)).rejects.toThrow('more than 16 images')
  const large = chatOf(at('/huge'), at('/huge'), at('/huge'))
  expect(inlineImages(large, none, signal, deps)).rejects.toThrow('too large together')
})
