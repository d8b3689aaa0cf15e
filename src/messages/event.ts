/** One event of a stream of Messages: its name stands twice, as the vendor writes it. */
export function messageEvent(type: string, json: string): string {
  return `event: ${type}\ndata: ${json}\n\n`
}

/** Says "still there": clients of this dialect know it as an event. */
export const PING: Uint8Array = Buffer.from(messageEvent('ping', '{"type":"ping"}'))
export const MESSAGE_STOP: Uint8Array = Buffer.from(messageEvent('message_stop', '{"type":"message_stop"}'))
