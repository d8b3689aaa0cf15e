import { describe, expect, test } from 'bun:test'
import { VENDORS } from '../../../src/catalog/vendors'
import { TranslatedMeter } from '../../../src/usage/translated-meter'
import { adapterOf } from '../../../src/vendors/adapter'
import { ChunkWriter } from '../../../src/wire/chunk-writer'
import { orNone, recorded } from '../../recorded'
import { familyVendor } from '../../recordings/family-vendor'
import { bytesOf, isStreamed } from '../../recordings/wire'

const streams = [
  ...recorded('chats of the family'),
  ...recorded('a chat of OpenRouter'),
  ...recorded('payloads of the family'),
  ...recorded('payloads of Alibaba'),
].filter(isStreamed)

describe.skipIf(streams.length === 0)(
  'recordings of OpenAI’s family (skipped where ../shared is absent)',
  () => {
    test.each(orNone(streams))('cut at every byte it is the same stream: %s', path => {
      const bytes = bytesOf(path, 'done')
      const whole = written(familyVendor(path), [bytes])
      const pieces = [...bytes].map(byte => Uint8Array.of(byte))
      expect(written(familyVendor(path), pieces)).toBe(whole)
      expect(whole).not.toBe('')
    })
  },
)

/** What the caller of a vendor's stream is sent. */
function written(name: string, pieces: Iterable<Uint8Array>): string {
  const { dialect } = VENDORS.find(known => known.name === name)!
  const emitted: Uint8Array[] = []
  const meter = new TranslatedMeter({
    translation: adapterOf({ name, dialect })!.translation!,
    writer: new ChunkWriter(
      {
        head: { id: 'x', createdAt: 1, model: 'm' },
        usesFunctions: false,
        customTools: new Set<string>(),
        newCallId: () => 'call',
      },
      true,
    ),
    branches: 1,
    outlet: { emit: bytes => void emitted.push(bytes) },
  })
  for (const piece of pieces) meter.push(piece)
  meter.end()
  return Buffer.concat(emitted).toString()
}
