import { afterAll, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { Tokenizer } from '../../src/usage/tokenizer'
import { AudioSample } from '../../src/wire/audio-sample'
import { mp3, wav } from '../audio'

const tokenizer = new Tokenizer()
afterAll(() => tokenizer.stop())

/** What is heard of a file that passes in pieces of this size. */
function hear(file: Uint8Array, pieceBytes = 64 * 1024) {
  const sample = new AudioSample()
  for (let at = 0; at < file.length; at += pieceBytes) sample.add(file.subarray(at, at + pieceBytes))
  return tokenizer.hear(sample.take())
}

test('a sample is the beginning, the end and the size, however a file is cut', () => {
  const file = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 251))
  for (const pieceBytes of [1000, 64 * 1024, 300_000, 1_000_000]) {
    const sample = new AudioSample()
    for (let at = 0; at < file.length; at += pieceBytes) sample.add(file.subarray(at, at + pieceBytes))
    const { head, tail, size } = sample.take()
    expect([head.length, tail.length, size]).toEqual([256 * 1024, 64 * 1024, file.length])
    expect(Buffer.compare(head, file.subarray(0, head.length))).toBe(0)
    expect(Buffer.compare(tail, file.subarray(-tail.length))).toBe(0)
  }
})

test('a small file is kept whole, once', () => {
  const sample = new AudioSample()
  sample.add(Buffer.from('abc'))
  sample.add(Buffer.from('de'))
  const { head, tail, size } = sample.take()
  expect([Buffer.from(head).toString(), tail.length, size]).toEqual(['abcde', 0, 5])
})

test('a WAV is as long as its head says, however long it is', async () => {
  for (const seconds of [0.5, 3.7, 600]) expect(await hear(wav(seconds))).toBeCloseTo(seconds, 3)
})

test('an MP3 of a constant rate is as long as its size says', async () => {
  expect(await hear(mp3(100))).toBeCloseTo((100 * 1152) / 44_100, 1)
  expect(await hear(mp3(20_000))).toBeCloseTo((20_000 * 1152) / 44_100, 0)
})

test('what is no recording has no length', async () => {
  for (const file of ['', 'RIFF', 'hello world', '<html>', '\u0000'.repeat(10_000)])
    expect(await hear(Buffer.from(file))).toBeUndefined()
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)))
  const heard = await hear(Buffer.concat([Buffer.from('RIFF'), random]))
  expect(heard === undefined || heard > 0).toBe(true)
})

const RECORDED: [name: string, seconds: number][] = [
  ['stt-stream-diarized', 3.7],
  ['stt-tokens-usage', 2.24],
]
for (const [name, seconds] of RECORDED) {
  const path = `../shared/recordings/openai/${name}.req.multipart`
  test.skipIf(!existsSync(path))(`the file of ${name} is heard`, async () => {
    const form = readFileSync(path)
    const start = form.indexOf('\r\n\r\n', form.indexOf('filename=')) + 4
    expect(await hear(form.subarray(start, form.indexOf('\r\n--', start)))).toBeCloseTo(seconds, 2)
  })
}
