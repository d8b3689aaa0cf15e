import { ClientConnection } from './connection.ts'

/** Connections of the load, the one last used first; as many as are in use at once. */
export class ConnectionPool {
  readonly #hostname: string
  readonly #port: number
  readonly #free: ClientConnection[] = []

  constructor(hostname: string, port: number) {
    this.#hostname = hostname
    this.#port = port
  }

  /** Opens `count` connections beforehand, 50 at a time so that no listen queue overflows. */
  async warm(count: number): Promise<void> {
    for (let opened = 0; opened < count; opened += 50) {
      const wave = Array.from({ length: Math.min(50, count - opened) }, () => this.#open())
      this.#free.push(...(await Promise.all(wave)))
    }
  }

  /** An open connection with nothing under way. */
  async take(): Promise<ClientConnection> {
    for (let kept = this.#free.pop(); kept; kept = this.#free.pop()) if (kept.idle) return kept
    return this.#open()
  }

  give(connection: ClientConnection): void {
    if (connection.idle) this.#free.push(connection)
  }

  #open(): Promise<ClientConnection> {
    return ClientConnection.open(this.#hostname, this.#port)
  }
}
