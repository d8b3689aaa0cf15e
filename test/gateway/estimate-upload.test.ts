import { expect, test } from 'bun:test'
import { plainEstimate } from '../../src/gateway/estimate'
import { spokenOperation } from '../../src/gateway/spoken-operation'
import type { Deployment } from '../../src/routing/plan'
import { adapterOf } from '../../src/vendors/adapter'
import { leastBytesPerSecond } from '../../src/wire/least-bitrate'
import { emptyShape } from '../../src/wire/shape'
import { mp3, wav } from '../audio'
import { priceOf } from '../catalog/price-of'

const operation = spokenOperation('audio.transcriptions', '/audio/transcriptions')
const price = priceOf({ audio_minute: '0.006' })
const at = (name: string) => adapterOf({ name, dialect: 'openai-compatible' })
const most = (mostSeconds: number, adapter = at('a server of one’s own')) => {
  const upload = { isSpent: false, mostBytes: 1_000, mostSeconds, mostTextBytes: 0, close() {} }
  const asked = { model: 'm', stream: false, shape: emptyShape(1_000), upload }
  return plainEstimate(operation, asked, [{ price, adapter } as Deployment]).mostPicoUsd
}

test('a recording is reserved for by its length: the second that was begun, and ten at least', () => {
  const second = 6_000_000_000n / 60n
  const expected = [3_601n, 61n, 10n].map(seconds => seconds * second)
  expect([most(3_600), most(59.2), most(0)]).toEqual(expected)
})

test('a vendor that bills every recording as ten seconds is reserved for by them', () => {
  const { others, ...groq } = at('groq')!
  expect(others?.leastAudioSeconds).toBe(10)
  const tenSeconds = (6_000_000_000n / 60n) * 10n
  expect(most(0.2, at('groq'))).toBe(tenSeconds)
  const minute = { ...groq, others: { ...others!, leastAudioSeconds: 60 } }
  expect(most(0.2, minute)).toBe(6_000_000_000n)
})

const head = (text: string, ...bytes: number[]) =>
  Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(bytes)])
/** Blocks of 4,096 samples, 44,100 of them a second. */
const FLAC = [0x80, 0, 0, 34, 16, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0x0a, 0xc4, 0x42, 0xf0, 0, 0, 0, 0]

const LEAST: [name: string, beginning: Buffer, bytes: number][] = [
  ['a WAV of 16 bits at 8 kHz', wav(1), 16_000],
  ['an MP3', mp3(3), 1_000],
  ['an MP3 of a free rate', head('', 0xff, 0xfb, 0x00, 0xc4), 1],
  ['Opus in Ogg', head('OggS', ...Array(24).fill(0), ...Buffer.from('OpusHead')), 25],
  ['Vorbis in Ogg', head('OggS', ...Array(24).fill(0), ...Buffer.from('\u0001vorbis')), 1],
  ['FLAC', head('fLaC', ...FLAC), 118],
  ['AAC at 44.1 kHz', head('', 0xff, 0xf1, 0x50, 0x80), 344],
  ['what begins with a tag', head('ID3', 4, 0), 1],
  ['a WAV whose head is cut', wav(1).subarray(0, 20), 1],
  ['nothing', head(''), 1],
]
for (const [name, beginning, bytes] of LEAST)
  test(`a recording that does not say how long it is holds a second in no less than its format can: ${name}`, () => {
    expect(leastBytesPerSecond(beginning)).toBe(bytes)
  })

test('no beginning makes a recording infinitely long, or of no length', () => {
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(round % 65)))
    const start = ['', 'RIFF', 'fLaC', 'OggS', '\xff\xf1', '\xff\xfb'][round % 6] ?? ''
    const least = leastBytesPerSecond(head(start, ...bytes))
    expect(least >= 1 && Number.isSafeInteger(least)).toBe(true)
  }
})
