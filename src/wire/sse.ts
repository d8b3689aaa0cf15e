const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const DATA = Buffer.from('data:')

/** Where the first whole event ends (after its blank line), from `from` on; -1 if none ends in these bytes. */
export function firstEventEnd(bytes: Uint8Array, from = 0): number {
  for (let at = bytes.indexOf(LINE_FEED, from); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    const next = bytes[at + 1]
    if (next === LINE_FEED) return at + 2
    if (next === CARRIAGE_RETURN && bytes[at + 2] === LINE_FEED) return at + 3
  }
  return -1
}

/** Where the last whole event ends; 0 if none ends in these bytes. */
export function lastEventEnd(bytes: Uint8Array): number {
  // Most reads end with an event.
  const { length } = bytes
  if (bytes[length - 1] === LINE_FEED && bytes[length - 2] === LINE_FEED) return length
  for (let at = bytes.lastIndexOf(LINE_FEED); at > 0; at = bytes.lastIndexOf(LINE_FEED, at - 1)) {
    const previous = bytes[at - 1]
    if (previous === LINE_FEED) return at + 1
    if (previous === CARRIAGE_RETURN && bytes[at - 2] === LINE_FEED) return at + 1
  }
  return 0
}

const decoder = new TextDecoder()

/** The data of one event, its lines joined; '' for a comment. */
export function eventData(event: Uint8Array): string {
  const end = endOfOnlyData(event)
  if (end !== -1)
    return Buffer.prototype.utf8Slice.call(
      event,
      event[DATA.length] === SPACE ? DATA.length + 1 : DATA.length,
      end,
    )
  const lines = linesOf(event).filter(line => line.startsWith('data:'))
  return lines.map(line => fieldValue(line, 'data:')).join('\n')
}

/** What an event calls itself; '' for the nameless ones that a chat stream is made of. */
export function eventName(event: Uint8Array): string {
  if (endOfOnlyData(event) !== -1) return ''
  const line = linesOf(event).find(line => line.startsWith('event:'))
  return line === undefined ? '' : fieldValue(line, 'event:')
}

/** Where the line ends that is all of the event, if that is one of data, as it nearly always is; -1 for any other event. */
function endOfOnlyData(event: Uint8Array): number {
  for (let at = 0; at < DATA.length; at++) if (event[at] !== DATA[at]) return -1
  const feed = event.indexOf(LINE_FEED)
  const back = event.indexOf(CARRIAGE_RETURN)
  if (back === -1)
    return feed !== -1 && event.length === feed + 2 && event[feed + 1] === LINE_FEED ? feed : -1
  const isEnd = back === feed - 1 && event.length === feed + 3
  return isEnd && event[feed + 1] === CARRIAGE_RETURN && event[feed + 2] === LINE_FEED ? back : -1
}

function linesOf(event: Uint8Array): string[] {
  return decoder.decode(event).split(/\r\n|\n|\r/)
}

/** What a line says of its field; one space after the colon is not part of it. */
export function fieldValue(line: string, field: string): string {
  return line.slice(line[field.length] === ' ' ? field.length + 1 : field.length)
}

/** An event in the only form that every client understands: one `data:` line. */
export function dataEvent(json: string): Uint8Array {
  return Buffer.from(`data: ${json}\n\n`)
}

export const DONE_EVENT: Uint8Array = Buffer.from('data: [DONE]\n\n')

/** Says "still there" and means nothing: clients ignore a comment. */
export const KEEP_ALIVE: Uint8Array = Buffer.from(': keep-alive\n\n')
