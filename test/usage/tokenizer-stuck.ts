declare const self: Worker

/** A thread for tests that hangs at a request of `hang`, dies of one of `die`, and says how many texts it got for others. */
self.onmessage = ({ data }: MessageEvent<{ request: Uint8Array; texts: string[] }>) => {
  const word = Buffer.from(data.request).toString()
  if (word === 'hang') for (;;);
  if (word === 'die') throw new Error('the thread of the tests dies')
  if (word === 'slow') Bun.sleepSync(100)
  self.postMessage({ result: { input: word.length, output: data.texts.length } })
}
