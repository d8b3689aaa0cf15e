import { createHmac, hkdfSync } from 'node:crypto'

type RandomBytes = (length: number) => Uint8Array

const KEY_BYTES = 32
const NONCE_BYTES = 12

/**
 * What one request under an idempotency key needs of its caller's secret: its place in the store, the mark of what it
 * asks, and the sealing of its answer. The secret itself is not kept; whoever has the store alone can read no answer, and
 * cannot try out what was asked.
 */
export class Seal {
  /** Names the request in the store: the same for the same key and idempotency key. */
  readonly id: string
  private readonly markKey: Uint8Array
  private readonly answerKey: Uint8Array
  private readonly random: RandomBytes

  constructor(secret: string, keyId: string, idempotencyKey: string, random: RandomBytes) {
    this.id = new Bun.CryptoHasher('sha256').update(`${keyId}\0${idempotencyKey}`).digest('hex')
    this.markKey = derived(secret, this.id, 'mark')
    this.answerKey = derived(secret, this.id, 'answer')
    this.random = random
  }

  /** The mark of what is asked: equal for equal requests, and it tells nothing about them. In hex. A large body holds up nobody. */
  async mark(endpoint: string, body: Uint8Array): Promise<string> {
    const digest = await crypto.subtle.digest('SHA-256', body as Uint8Array<ArrayBuffer>)
    return createHmac('sha256', this.markKey)
      .update(`${endpoint}\0`)
      .update(Buffer.from(digest))
      .digest('hex')
  }

  /** AES-256-GCM under a key of this caller and this request alone; bound to the mark. */
  async seal(plain: Uint8Array<ArrayBuffer>, mark: string): Promise<Uint8Array> {
    const iv = new Uint8Array(this.random(NONCE_BYTES))
    const sealed = await crypto.subtle.encrypt(this.cipher(iv, mark), await this.cryptoKey('encrypt'), plain)
    return Buffer.concat([iv, new Uint8Array(sealed)])
  }

  /** What was sealed; undefined for what this caller did not seal for this request. */
  async open(sealed: Uint8Array, mark: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const iv = new Uint8Array(sealed.subarray(0, NONCE_BYTES))
    const text = new Uint8Array(sealed.subarray(NONCE_BYTES))
    try {
      const key = await this.cryptoKey('decrypt')
      return new Uint8Array(await crypto.subtle.decrypt(this.cipher(iv, mark), key, text))
    } catch {
      return undefined
    }
  }

  private cipher(iv: Uint8Array<ArrayBuffer>, mark: string) {
    return { name: 'AES-GCM', iv, additionalData: Buffer.from(`${this.id}${mark}`) }
  }

  private cryptoKey(usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
    return crypto.subtle.importKey('raw', Buffer.from(this.answerKey), 'AES-GCM', false, [usage])
  }
}

function derived(secret: string, id: string, use: string): Uint8Array {
  return new Uint8Array(
    hkdfSync('sha256', secret, Buffer.from(id, 'hex'), `callmissed idempotency ${use}`, KEY_BYTES),
  )
}
