const PREFIX = 'cm_live_'
const ADMIN_PREFIX = 'cm_adm_'
const RANDOM_LENGTH = 30
const CHECK_LENGTH = 6
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const KEY = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_LENGTH + CHECK_LENGTH}}$`)
/** The largest multiple of 62 in a byte: what lies above would make the first letters likelier. */
const FAIR_BYTES = 248

export type RandomBytes = (length: number) => Uint8Array

/** A new caller's key: prefix, 178 random bits, checksum. It is shown once and never stored. */
export function newKey(random: RandomBytes): string {
  return withChecksum(PREFIX + randomText(random))
}

/** A new management key, recognisable as one. */
export function newAdminKey(random: RandomBytes): string {
  return withChecksum(ADMIN_PREFIX + randomText(random))
}

/** Whether a text can be one of our keys: decided by form and checksum, before anything is looked up. */
export function isKey(text: string): boolean {
  return KEY.test(text) && withChecksum(text.slice(0, -CHECK_LENGTH)) === text
}

/** What is stored and looked up instead of the key: its SHA-256, in hex. */
export function hashKey(key: string): string {
  return Bun.SHA256.hash(key, 'hex')
}

/** The part of a key that may be shown: enough to tell keys apart, far too little to guess one. */
export function keyPrefix(key: string): string {
  return key.slice(0, PREFIX.length + 4)
}

function withChecksum(text: string): string {
  let rest = Bun.hash.crc32(text)
  let check = ''
  for (let index = 0; index < CHECK_LENGTH; index++) {
    check = BASE62[rest % 62] + check
    rest = Math.floor(rest / 62)
  }
  return text + check
}

function randomText(random: RandomBytes): string {
  let text = ''
  while (text.length < RANDOM_LENGTH) {
    for (const byte of random(RANDOM_LENGTH)) {
      if (byte < FAIR_BYTES && text.length < RANDOM_LENGTH) text += BASE62[byte % 62]
    }
  }
  return text
}
