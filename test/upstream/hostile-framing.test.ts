import { afterAll, describe, expect, test } from 'bun:test'
import { BAD, GOOD } from '../http1/framings'
import { startRawServer } from '../http1/raw-server'
import { type Heard, send, TRANSPORTS } from './both-transports'

let bytes = Buffer.alloc(0)
const server = startRawServer(({ socket }) => {
  let at = 0
  const push = () => {
    at += Math.max(0, socket.write(bytes, at, bytes.length - at))
    if (at >= bytes.length) socket.end()
    else setTimeout(push, 1)
  }
  push()
})
afterAll(() => server.stop())

/** Sends a request that is answered by these bytes and then the connection's end. */
async function ask(dial: (typeof TRANSPORTS)[number][1], answer: string): Promise<Heard> {
  bytes = Buffer.from(answer, 'latin1')
  const heard = send(dial, `${server.url}/x`)
  await heard.over
  return heard
}

const bodyOf = ({ bytes }: Heard) => Buffer.concat(bytes).toString('latin1')
const [[, own], [, byFetch]] = TRANSPORTS as [(typeof TRANSPORTS)[number], (typeof TRANSPORTS)[number]]

/** Where `fetch` refuses a good answer, and why we do not. */
const REFUSED_BY_FETCH: Record<string, string> = {
  'blanks behind a chunk size': 'old servers pad sizes; nginx reads them, and no reader sees another size',
}

/** Where `fetch` takes what we refuse: what it makes of it, and why that is not ours. */
const TAKEN_BY_FETCH: Record<string, [made: string, why: string]> = {
  'HTTP/1.2': ['200 "hi"', 'no such version: what it would mean is not known'],
  'two blanks before the status': ['200 "hi"', 'no status line of the grammar'],
  'a status below 100': ['99 "hi"', 'no class of status; it must not reach code that tests for >= 200'],
  'a status beyond 599': ['600 "hi"', 'likewise'],
  'lines that end with LF': ['200 "hi"', 'readers differ about LF alone (request and response splitting)'],
  'one line that ends with LF': ['200 "hi"', 'likewise: what one reader sees as two lines is one to another'],
  'a length and chunks': ['200 ""', 'T62: readers differ about which counts'],
  'chunks and a length': ['200 ""', 'T62: likewise'],
  'chunks after gzip': ['200 ""', 'the body would be handed on compressed though nobody asked for that'],
  identity: [
    '200 "0\\r\\n\\r\\n"',
    'withdrawn in 2014: readers differ about whether it ends with the connection',
  ],
  'chunks under HTTP/1.0': ['200 ""', 'RFC 9112 §6.1: framing of such an answer is faulty'],
  'a 204 with a body': ['204 ""', 'its body would be the next answer on the connection'],
  'a 204 in chunks': ['204 ""', 'likewise'],
  'a NUL in a chunk extension': ['200 "hello"', 'no character of an extension'],
  'a chunk extension of 5 KB': ['200 "hello"', 'nothing that is thrown away may be longer than what is kept'],
  'a last chunk with data': ['200 ""', 'T4: what follows a last chunk is a trailer or nothing'],
  'a folded trailer': ['200 ""', 'RFC 9112 §5.2: folding is refused in heads, and so in trailers'],
  'a trailer without a colon': ['200 ""', 'no trailer of the grammar'],
  'a trailer with a NUL': ['200 ""', 'likewise'],
  'a trailer that ends with LF': ['200 ""', 'readers differ about LF alone'],
  '20 KB of trailers': ['200 ""', 'nothing that is thrown away may be without a bound'],
  'a head of 100 KB': ['200 ""', 'a head has a bound: 64 KB, where nginx has 8'],
}

const madeOf = (heard: Heard) =>
  heard.said.at(-1) === 'end'
    ? `${heard.said[0]!.slice('head '.length)} ${JSON.stringify(bodyOf(heard))}`
    : 'refused'

describe('§3.4: a good answer is the same to both transports', () => {
  for (const [name, answer, status, body] of GOOD)
    test(name, async () => {
      const made = `${status} ${JSON.stringify(body)}`
      expect(madeOf(await ask(own, answer))).toBe(made)
      expect(madeOf(await ask(byFetch, answer))).toBe(name in REFUSED_BY_FETCH ? 'refused' : made)
    })
})

describe('§3.4: an answer that could be read in two ways is refused by ours; where fetch takes it, it is known', () => {
  for (const [name, answer] of BAD)
    test(name, async () => {
      const heard = await ask(own, answer)
      expect([heard.said.at(-1), heard.said.includes('end')]).toEqual(['fail malformed', false])
      expect(madeOf(await ask(byFetch, answer))).toBe(TAKEN_BY_FETCH[name]?.[0] ?? 'refused')
    })
})

test('every difference that is listed is one of the table', () => {
  const names = new Set([...GOOD, ...BAD].map(([name]) => name))
  for (const name of [...Object.keys(TAKEN_BY_FETCH), ...Object.keys(REFUSED_BY_FETCH)])
    expect(names).toContain(name)
})

test('T56: a body that ends before its length or its last chunk is a loss to both', async () => {
  for (const answer of [
    'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhello',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n',
    'HTTP/1.1 200 OK\r\ncontent-le',
    'HTTP/1.1 103 Hints\r\n\r\n',
    'HTTP',
  ])
    for (const [name, dial] of TRANSPORTS) {
      const { said } = await ask(dial, answer)
      expect([name, answer, said.at(-1)]).toEqual([name, answer, 'fail reset'])
    }
})

test('a last chunk without its blank line is a loss to ours: trailers may have been cut off; fetch takes it for the end', async () => {
  const answer = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n'
  expect((await ask(own, answer)).said.at(-1)).toBe('fail reset')
  expect((await ask(byFetch, answer)).said.at(-1)).toBe('end')
})

test('an answer of no bytes at all is a loss to both', async () => {
  for (const [, dial] of TRANSPORTS) expect((await ask(dial, '')).said).toEqual(['fail reset'])
})
