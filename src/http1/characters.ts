/** May stand in a header's name (RFC 9110: token). */
export const NAME = 1
/** May stand in a header's value: visible, blank, tab, or beyond ASCII. */
export const VALUE = 2

export const TAB = 9
export const LF = 10
export const CR = 13
export const SPACE = 32
export const COLON = 58

const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  const name = /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(character) ? NAME : 0
  return /[\t\x20-\x7e\x80-\xff]/.test(character) ? name | VALUE : name
})

/** Whether the byte may stand in a name, or in a value; none, behind the end, may stand nowhere. */
export function may(byte: number | undefined, where: typeof NAME | typeof VALUE): boolean {
  return byte !== undefined && ((CLASSES[byte] ?? 0) & where) !== 0
}
