import { expect, test } from 'bun:test'
import { ask } from './ask'

const PIXEL = 'iVBORw0KGgo='
const sent = (part: unknown) =>
  ask({ messages: [{ role: 'user', content: [part] }] }).body.messages[0].content[0]
const image = (url: string) => sent({ type: 'image_url', image_url: { url } })
const file = (members: object) => sent({ type: 'file', file: members })
const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each(['png', 'jpeg', 'gif', 'webp'])('a %s image in the request goes as its bytes', type => {
  expect(image(`data:image/${type};base64,${PIXEL}`)).toEqual({
    type: 'image',
    source: { type: 'base64', media_type: `image/${type}`, data: PIXEL },
  })
})

test('jpg is jpeg, and case does not matter', () => {
  expect(image(`DATA:image/JPG;base64,${PIXEL}`).source.media_type).toBe('image/jpeg')
})

test('an image of the web is fetched by the vendor', () => {
  expect(image('https://example.com/a.png?x=1,2')).toEqual({
    type: 'image',
    source: { type: 'url', url: 'https://example.com/a.png?x=1,2' },
  })
})

test('another kind of image is refused by name', () => {
  expect(() => image(`data:image/tiff;base64,${PIXEL}`)).toThrow(
    expect.objectContaining({
      code: 'unsupported_parameter',
      param: 'messages[0].content[0].image_url.url',
    }),
  )
})

test('a PDF goes as a document, with its name', () => {
  const data = base64('%PDF-1.7')
  const document = { type: 'base64', media_type: 'application/pdf', data }
  expect(file({ file_data: `data:application/pdf;base64,${data}`, filename: 'a.pdf' })).toEqual({
    type: 'document',
    source: document,
    title: 'a.pdf',
  })
  expect(file({ file_data: data })).toEqual({ type: 'document', source: document })
})

test('a text goes as its text, an image as an image, an id as an id', () => {
  expect(file({ file_data: `data:text/markdown;base64,${base64('# Ü')}` })).toEqual({
    type: 'document',
    source: { type: 'text', media_type: 'text/plain', data: '# Ü' },
  })
  expect(file({ file_data: `data:image/png;base64,${PIXEL}` }).type).toBe('image')
  expect(file({ file_id: 'file_1' })).toEqual({
    type: 'document',
    source: { type: 'file', file_id: 'file_1' },
  })
})

test.each([
  ['data:application/zip;base64,UEs=', 'unsupported_parameter'],
  ['hello', 'invalid_value'],
  ['data:text/plain,hello', 'invalid_value'],
])('a file of %s is refused by name', (data, code) => {
  expect(() => file({ file_data: data })).toThrow(
    expect.objectContaining({ code, param: 'messages[0].content[0].file.file_data' }),
  )
})

test('audio is refused by name', () => {
  expect(() => sent({ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'messages[0].content[0]' }),
  )
})

test('a result may hold an image', () => {
  const { body } = ask({
    messages: [
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '' } }],
      },
      {
        role: 'tool',
        tool_call_id: 'a',
        content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } }],
      },
    ],
  })
  expect(body.messages[2].content[0].content[0].type).toBe('image')
})
