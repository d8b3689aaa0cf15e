const LOOK_MS = 250
/** On however busy a machine something moves in that time. */
const STALLED_MS = 180_000

/** Settles as the work does, or rejects when it has not moved for minutes: however slow a machine is, it may go on. */
export async function whileMoving<T>(work: Promise<T>, moved: () => unknown): Promise<T> {
  let isOver = false
  const end = () => {
    isOver = true
  }
  work.then(end, end)
  let last = moved()
  let since = performance.now()
  while (!isOver && performance.now() - since < STALLED_MS) {
    await Bun.sleep(LOOK_MS)
    const now = moved()
    if (now !== last) since = performance.now()
    last = now
  }
  if (!isOver) throw new Error(`nothing has moved for ${STALLED_MS / 1000} s: ${last}`)
  return work
}

/** The first value that is as wanted, or the last one, once it has not changed for so long. */
export async function once<T>(
  read: () => T | Promise<T>,
  isWanted: (value: T) => boolean,
  stalledMs: number,
): Promise<T> {
  let value = await read()
  let text = JSON.stringify(value)
  let since = performance.now()
  while (!isWanted(value) && performance.now() - since < stalledMs) {
    await Bun.sleep(LOOK_MS)
    value = await read()
    const now = JSON.stringify(value)
    if (now !== text) since = performance.now()
    text = now
  }
  return value
}
