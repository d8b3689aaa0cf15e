import { crc32 } from 'node:zlib'

/** One frame of AWS's event streams, its headers texts. */
export function frame(headers: Record<string, string>, payload: string): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) =>
      Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7, value.length >> 8, value.length & 255]),
        Buffer.from(value),
      ]),
    ),
  )
  const body = Buffer.from(payload)
  const whole = Buffer.alloc(16 + head.length + body.length)
  whole.writeUInt32BE(whole.length, 0)
  whole.writeUInt32BE(head.length, 4)
  whole.writeUInt32BE(crc32(whole.subarray(0, 8)), 8)
  head.copy(whole, 12)
  body.copy(whole, 12 + head.length)
  whole.writeUInt32BE(crc32(whole.subarray(0, -4)), whole.length - 4)
  return whole
}

/** An event of this type. */
export function eventFrame(type: string, payload: string): Buffer {
  return frame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    payload,
  )
}
