/** What the embedded database lets us do with its one session. */
export interface Backend {
  /** Takes one message a call: given several, it answers a failed query's Sync twice. */
  execute(message: Uint8Array, onData: (bytes: Uint8Array) => void): Promise<void>
  isInTransaction(): boolean
}

interface Turn {
  owner: object
  start: () => void
}

/** A Sync message, and a simple query `ROLLBACK`: what ends the work that a connection left half done. */
const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4)
const ROLLBACK = new Uint8Array(Buffer.from('Q\0\0\0\x0dROLLBACK\0', 'latin1'))
const ignore = () => {}

/**
 * Shares the database's one session between connections: whoever starts a query has the session until the query's
 * Sync, and until the end of its transaction; the others wait in line. Without this two connections execute each
 * other's statements, since the unnamed statement and portal belong to the session.
 */
export class Session {
  private owner: object | undefined
  private running = false
  private waiting: Turn[] = []
  private readonly backend: Backend

  constructor(backend: Backend) {
    this.backend = backend
  }

  /** Runs one message; `ends` says that it leaves no query half said. Rejects if the database has died. */
  async run(
    owner: object,
    message: Uint8Array,
    ends: boolean,
    onData: (bytes: Uint8Array) => void,
  ): Promise<void> {
    await this.turn(owner)
    try {
      await this.backend.execute(message, onData)
    } finally {
      this.running = false
      this.owner = ends && !this.backend.isInTransaction() ? undefined : owner
      this.next()
    }
  }

  /** Ends what a connection that is gone left open. */
  async leave(owner: object): Promise<void> {
    this.waiting = this.waiting.filter(turn => turn.owner !== owner)
    if (this.owner !== owner) return
    await this.run(owner, SYNC, true, ignore)
    if (this.backend.isInTransaction()) await this.run(owner, ROLLBACK, true, ignore)
  }

  private turn(owner: object): Promise<void> {
    return new Promise(start => {
      this.waiting.push({ owner, start })
      this.next()
    })
  }

  private next(): void {
    if (this.running) return
    const index = this.owner === undefined ? 0 : this.waiting.findIndex(turn => turn.owner === this.owner)
    const turn = this.waiting[index]
    if (!turn) return
    this.waiting.splice(index, 1)
    this.owner = turn.owner
    this.running = true
    turn.start()
  }
}
