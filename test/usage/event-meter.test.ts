import { expect, test } from 'bun:test'
import { EventMeter } from '../../src/usage/event-meter'

const MIB = Buffer.alloc(1024 * 1024, ' ')

test('an event that is none ends the stream, also where whole ones stand behind it in the same bytes', () => {
  const told: string[] = []
  const outlet = { emit: (bytes: Uint8Array) => void told.push(Buffer.from(bytes).toString()) }
  const meter = new EventMeter({ last: ['end'], readUsage: () => undefined, outlet })
  meter.push(Buffer.from('data: {"type":"piece","at":1}\n\n'))
  meter.push(Buffer.from('data: {"type":"end"\n\ndata: {"type":"piece","at":2}\n\n'))
  meter.push(Buffer.from('data: {"type":"piece","at":3}\n\n'))
  expect([meter.broken, meter.ended, meter.isComplete, told.length]).toEqual([true, true, false, 1])
})

test('an answer that comes whole is made a stream; one without an end is not held', () => {
  const told: string[] = []
  let read = 0
  const meter = () =>
    new EventMeter({
      last: ['end'],
      readUsage: () => undefined,
      outlet: { emit: bytes => void told.push(Buffer.from(bytes).toString()) },
      fromWhole: bytes => {
        read += bytes.length
        return ['{"type":"piece"}', '{"type":"end"}']
      },
    })
  const whole = meter()
  expect(whole.takes('application/json')).toBe(true)
  for (let piece = 0; piece < 4; piece++) whole.push(MIB)
  whole.end()
  expect([whole.isComplete, whole.broken, read]).toEqual([true, false, 4 * MIB.length])
  expect(told).toEqual(['data: {"type":"piece"}\n\n'])
  const endless = meter()
  endless.takes('application/json')
  for (let piece = 0; piece < 5; piece++) endless.push(MIB)
  endless.end()
  expect([endless.isComplete, endless.broken, read]).toEqual([false, true, 4 * MIB.length])
})
